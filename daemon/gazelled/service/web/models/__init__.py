"""What each page shows: one module a page, which makes its model of the app and the store."""
