"""The forms of the customer's pages: what may be typed where, and what is said when it may not."""
