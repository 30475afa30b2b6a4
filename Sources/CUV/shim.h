#include <uv.h>

#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Every libuv handle begins with the fields of uv_handle_t; Swift has no such conversion between structs.
static inline uv_handle_t *cuv_handle(void *handle) { return (uv_handle_t *)handle; }

/// The same for uv_stream_t (pipes are streams).
static inline uv_stream_t *cuv_stream(void *handle) { return (uv_stream_t *)handle; }

/// The same for uv_req_t.
static inline uv_req_t *cuv_request(void *request) { return (uv_req_t *)request; }

/// memfd_create(2), closed at exec; C libraries hide it behind a macro that Swift doesn't set.
static inline int cuv_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1U); }

/// When a file was last changed, in nanoseconds since 1970: the fields of a timespec belong now to one module and now
/// to another, by the order in which headers are read.
static inline int64_t cuv_modified(const struct stat *status) {
  return (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}
