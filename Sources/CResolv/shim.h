#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

// Swift takes the name of the structure for that of a function.
typedef struct __res_state gatehouse_res_state;

// The functions have other names in the library than in its headers, by macros that Swift does not see.
static inline int gatehouse_res_ninit(gatehouse_res_state *state) { return res_ninit(state); }
static inline void gatehouse_res_nclose(gatehouse_res_state *state) { res_nclose(state); }
static inline int gatehouse_res_nquery(
    gatehouse_res_state *state, const char *name, int of_class, int of_type, unsigned char *answer, int size) {
    return res_nquery(state, name, of_class, of_type, answer, size);
}
static inline int gatehouse_ns_initparse(const unsigned char *message, int size, ns_msg *handle) {
    return ns_initparse(message, size, handle);
}
static inline int gatehouse_ns_parserr(ns_msg *handle, int section, int number, ns_rr *record) {
    return ns_parserr(handle, (ns_sect)section, number, record);
}

// Why the last query of this state failed: the h_errno of one state instead of the thread's.
static inline int gatehouse_res_error(const gatehouse_res_state *state) { return state->res_h_errno; }

// One IPv4 server instead of those of resolv.conf; both numbers in the order of the network.
static inline void gatehouse_res_server(gatehouse_res_state *state, unsigned int address, unsigned short port) {
    state->nscount = 1;
    state->nsaddr_list[0].sin_family = AF_INET;
    state->nsaddr_list[0].sin_addr.s_addr = address;
    state->nsaddr_list[0].sin_port = port;
}

// Each server is asked this often, and so many seconds are waited for it.
static inline void gatehouse_res_patience(gatehouse_res_state *state, int seconds, int times) {
    state->retrans = seconds;
    state->retry = times;
}
