"""Login, refresh, and who is calling: JWTs of 30 minutes, and a lock after
five wrong passwords. Refresh tokens live in memory: a restart forgets them."""

import logging
import secrets
import time

import jwt
import redis
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from ..data.seed import password_hash

ACCESS_SECONDS = 30 * 60
LOCK_SECONDS = 15 * 60
TRIES = 5

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
log = logging.getLogger("services.user_service")


class Credentials(BaseModel):
    email: str
    password: str


class Refresh(BaseModel):
    refresh_token: str


def tokens(services, user):
    access = jwt.encode({"sub": user, "type": "access", "exp": int(time.time()) + ACCESS_SECONDS,
                         "jti": secrets.token_hex(8)}, services.stack.facts["jwt_secret"], "HS256")
    refresh = secrets.token_urlsafe(32)
    services.refresh_tokens[refresh] = user
    return {"access_token": access, "refresh_token": refresh, "token_type": "bearer",
            "expires_in": ACCESS_SECONDS}


def _count(services, email, failed):
    """How many wrong passwords stand against this address."""
    key = f"auth:failures:{email.lower()}"
    store = services.limiter.redis
    try:
        if not failed:
            return int(store.get(key) or 0)
        count = store.incr(key)
        store.expire(key, LOCK_SECONDS)
        return count
    except redis.ConnectionError:
        return 0


@router.post("/login")
def login(body: Credentials, request: Request):
    services = request.app.state.services
    if _count(services, body.email, False) >= TRIES:
        raise HTTPException(403, "Account locked due to too many failed login attempts. "
                                 "Try again in 15 minutes.")
    with services.database.cursor() as cursor:
        cursor.execute("SELECT id::text, password_hash FROM users WHERE lower(email) = lower(%s)"
                       " AND is_active", (body.email,))
        user = cursor.fetchone()
    if user is None or not secrets.compare_digest(user["password_hash"], password_hash(body.password)):
        _count(services, body.email, True)
        log.warning("Failed login attempt")
        raise HTTPException(401, "Incorrect email or password")
    try:
        services.limiter.redis.delete(f"auth:failures:{body.email.lower()}")
    except redis.ConnectionError:
        pass
    return tokens(services, user["id"])


@router.post("/refresh")
def refresh(body: Refresh, request: Request):
    services = request.app.state.services
    user = services.refresh_tokens.pop(body.refresh_token, None)
    if user is None:
        raise HTTPException(401, "Invalid refresh token")
    return tokens(services, user)


def caller(request: Request):
    """The id of the caller, out of the Bearer token; 401 without a good one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    try:
        claims = jwt.decode(token, request.app.state.services.stack.facts["jwt_secret"], ["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "Could not validate credentials",
                            {"WWW-Authenticate": "Bearer"}) from None
    log.debug(f"Found user by id: {claims['sub']}")
    return claims["sub"]


Caller = Depends(caller)
