"""The model library: pure functions on tables, and their place in MLflow. Knows neither Dagster nor PostgreSQL."""
