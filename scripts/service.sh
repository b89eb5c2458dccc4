# Serving: web, worker and relay, watched over by one supervisor.

stop_services() { :; }
