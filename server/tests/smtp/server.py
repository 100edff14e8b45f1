"""A real SMTP server (aiosmtpd) for the tests: misbehaves as its script says, and tells what it received as JSON lines.

Usage: server.py '{"script": [{"at": "rcpt", "reply": "550 5.1.1 no such user", "times": 1, "for": "ana@"}], "tls": "starttls",
"certificate": "FILE.pem", "auth": true}'

`at` is banner, ehlo, mail, rcpt, data (its 354) or dot (the answer to the mail); a step has a `reply` or `"stall": true`, and is
used up after `times` (default: for ever). `tls` is starttls or wrapped. Each line of standard output is an event:
{"event": "ready", "port"}, {"event": "bytes", "text"}, {"event": "stalled", "at"}, {"event": "mail", ...}. Ends with its standard
input, hence with the test that started it.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

WANT = json.loads(sys.argv[1])
SCRIPT = WANT.get("script", [])
# Broken handshakes are part of the tests, and their traces are noise.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


def tell(**event):
    print(json.dumps(event), flush=True)


def next_step(at, words=""):
    for step in SCRIPT:
        if step["at"] == at and step.get("for", "") in words and step.get("times", 1) > 0:
            if "times" in step:
                step["times"] -= 1
            return step
    return None


class Scripted(SMTP):
    """aiosmtpd with a script before each of its steps."""

    def data_received(self, data):
        tell(event="bytes", text=data.decode("latin-1"))
        super().data_received(data)

    async def scripted(self, at, words=""):
        """Does what the script says at this step; true if it has answered."""
        step = next_step(at, words)
        if step is None:
            return False
        if step.get("stall"):
            tell(event="stalled", at=at)
            await asyncio.sleep(3600)
        await self.push(step["reply"])
        if step["reply"].startswith("421"):
            self.transport.close()
        return True

    async def _handle_client(self):
        if await self.scripted("banner"):
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, hostname):
        if not await self.scripted("ehlo", hostname or ""):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg):
        if not await self.scripted("mail", arg or ""):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        if not await self.scripted("rcpt", arg or ""):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if not await self.scripted("data"):
            await super().smtp_DATA(arg)


class Taken:
    async def handle_DATA(self, server, session, envelope):
        raw = envelope.original_content
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        part = lambda kind: next((p.get_content() for p in parsed.walk() if p.get_content_type() == kind), "")
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "headers": [[name, str(value)] for name, value in parsed.items()],
            "text": part("text/plain"),
            "html": part("text/html"),
            "raw": raw.decode("latin-1"),
        }
        step = next_step("dot", ",".join(envelope.rcpt_tos))
        if step and step.get("stall"):
            tell(event="mail", taken=False, **mail)
            tell(event="stalled", at="dot")
            await asyncio.sleep(3600)
        tell(event="mail", taken=step is None, **mail)
        return step["reply"] if step else "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    tell(event="auth", user=data.login.decode())
    return AuthResult(success=data.password == b"secret", handled=False)


def context():
    if "certificate" not in WANT:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(WANT["certificate"])
    return context


async def main():
    tls = WANT.get("tls")
    loop = asyncio.get_running_loop()
    # A handshake that the client breaks off is part of the tests.
    loop.set_exception_handler(lambda loop, context: None)

    def connection():
        return Scripted(
            Taken(),
            hostname="mx.test",
            tls_context=context() if tls == "starttls" else None,
            authenticator=authenticate if WANT.get("auth") else None,
            # aiosmtpd does not know of the TLS around a wrapped connection.
            auth_require_tls=tls == "starttls",
            data_size_limit=50_000_000,
            loop=loop,
        )

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=context() if tls == "wrapped" else None)
    tell(event="ready", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


try:
    asyncio.run(main())
except (KeyboardInterrupt, BrokenPipeError):
    pass
