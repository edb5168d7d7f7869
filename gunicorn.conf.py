"""How gunicorn serves the product; it reads this file by itself."""

import os

from settings import WEB_THREADS

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = 2
threads = WEB_THREADS
control_socket_disable = True
# Its largest: searches and filters stand in addresses. What is longer gunicorn answers by itself.
limit_request_line = 8190
# TRUSTED_PROXIES alone says whose X-Forwarded-Proto is believed, not that somebody calls from this machine.
secure_scheme_headers = {}
