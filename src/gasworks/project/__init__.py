"""Settings, urls, wsgi: the only place that knows everything."""
