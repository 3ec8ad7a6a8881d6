"""Pictures and pages that Tellal draws itself: posters and charts. Nothing here asks the database."""
