"""The vendor's side of consent: codes, tokens, proofs, and the one way by which records go out."""
