"""What the customer keeps: records by hand, lists, gifts, payments, exports, and home."""
