package intake

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// settled is how long the accept queue must stay empty before the listener is
// closed: a handshake that was under way has its last packet by then on a local
// network.
const settled = 20 * time.Millisecond

// Refuse ends the intake of l without a loss; the caller then closes it. Closing
// a listener resets the connections that the kernel completed and nobody accepted
// yet, perhaps with a request in them. So it first has the kernel drop the packets that would begin
// another (socket(7), SO_ATTACH_FILTER), then waits until those that had begun
// are complete and accepted. A client whose attempt was dropped tries again
// after a second and is refused cleanly. Where the kernel does not permit it, or
// l is not from Listen, nothing changes. It takes a fifth of a second at most.
func Refuse(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return
	}
	program := unix.SockFprog{Len: uint16(len(dropSYN)), Filter: &dropSYN[0]}
	var attach error
	err = raw.Control(func(fd uintptr) {
		attach = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	if err != nil || attach != nil {
		return
	}
	empty := time.Duration(0)
	for range 200 { // the accept loop needs microseconds; a stuck one must not hold up the stop
		if waiting(raw) > 0 {
			empty = 0
		} else if empty >= settled {
			return
		}
		time.Sleep(time.Millisecond)
		empty += time.Millisecond
	}
}

// dropSYN is a classic BPF program over a TCP header (RFC 9293, 3.1): it drops
// what has SYN set in the flags, byte 13, and keeps the rest. A handshake that
// has begun must end: its client counts as connected and may have sent already.
var dropSYN = [...]unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
	{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: 0x02, Jf: 1},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
}

// waiting is the number of connections in the accept queue: for a listening
// socket the kernel reports it as tcpi_unacked.
func waiting(raw syscall.RawConn) uint32 {
	var n uint32
	err := raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			n = info.Unacked
		}
	})
	if err != nil {
		return 0
	}
	return n
}
