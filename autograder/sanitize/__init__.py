"""Make what a submission holds inert: no page that shows it runs or fetches anything."""
