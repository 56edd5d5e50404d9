"""The customer's side of consent: asked, shown, decided, amended, withdrawn, receipted."""
