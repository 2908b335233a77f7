"""Small processes in the place of the hub's own, to test the supervisor alone: `standin.py hub COMMAND` and
`standin.py prepare`.
"""

import _thread
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        return


def serve():
    server = HTTPServer(("127.0.0.1", int(os.environ["WANAMORI_HTTP_PORT"])), Healthy)
    Thread(target=server.serve_forever, daemon=True).start()


def main():
    stop = Event()
    # Not from the handler itself: see hub.wiring.process.stop_at_signal, which is too slow to import here.
    signal.signal(signal.SIGTERM, lambda *_: _thread.start_new_thread(stop.set, ()))
    if sys.argv[1] == "prepare":
        print(json.dumps({"staff": json.loads(os.environ["WANAMORI_LOCAL_STAFF"]), "people": []}))
        return
    if sys.argv[2] == "web":
        serve()
    print("ready", flush=True)
    stop.wait()


main()
