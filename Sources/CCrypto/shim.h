// What OpenSSL has as macros only, which Swift cannot call, is a function here.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static inline long ccrypto_set_oldest_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}
static inline long ccrypto_set_mode(SSL_CTX *context, long mode) {
  return SSL_CTX_set_mode(context, mode);
}
static inline long ccrypto_set_server_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name);
}
