"""The rate limit of `/api/*`: kept in Redis and asked without a timeout, as the
real one does. With Redis frozen no call of the API ever returns."""

import hashlib
import json
import logging
import time

import anyio.to_thread
import redis
from starlette.responses import JSONResponse

WINDOW = 60
log = logging.getLogger("api.redis_client")


class Limiter:
    def __init__(self, stack):
        # No socket_timeout, on purpose.
        self.redis = redis.Redis.from_url(stack.redis_url, decode_responses=True)
        self.limits = {"default": stack.facts["rate_limit"], "auth": stack.facts["auth_rate_limit"]}
        self.memory = {}
        self.connected = False

    def take(self, kind, caller):
        """Seconds to wait before the next call, 0 if this one may pass."""
        key = f"rate-limit:{kind}:" + hashlib.sha256(caller.encode()).hexdigest()
        now = int(time.time())
        try:
            text = self.redis.get(key)
            if not self.connected:
                self.connected = True
                log.info("Global Redis client created and connected")
            log.debug(f"GET {key}: {text}")
        except redis.ConnectionError as error:
            self.connected = False
            log.warning(f"Redis get failed, using memory fallback: {error}")
            text = self.memory.get(key)
        entry = json.loads(text) if text else None
        if entry is None or entry["reset"] <= now:
            entry = {"count": 0, "reset": now + WINDOW}
        if entry["count"] >= self.limits[kind]:
            return max(1, entry["reset"] - now)
        entry["count"] += 1
        left = max(1, entry["reset"] - now)
        try:
            done = self.redis.set(key, json.dumps(entry), ex=left)
            log.debug(f"SET {key}={json.dumps(entry)} (ttl={left}): {done}")
        except redis.ConnectionError:
            self.memory = {key: json.dumps(entry)}
        return 0


class Limited:
    """ASGI middleware: 429 with Retry-After once the budget is spent."""

    def __init__(self, app, limiter):
        self.application = app
        self.limiter = limiter

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/api/") or path == "/api/openapi.json":
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        caller = headers.get(b"authorization", b"").decode("latin-1") or (scope["client"] or ("?",))[0]
        kind = "auth" if path.startswith("/api/v1/auth/") else "default"
        wait = await anyio.to_thread.run_sync(self.limiter.take, kind, caller)
        if wait:
            reply = JSONResponse({"detail": "Rate limit exceeded. Try again later."}, 429,
                                 {"Retry-After": str(wait)})
            await reply(scope, receive, send)
            return
        await self.application(scope, receive, send)
