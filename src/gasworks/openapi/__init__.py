"""Openapi: the JSON API."""
