package serve

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// refuseNew ends the intake of l without a loss. Closing a listener resets the
// connections that the kernel completed and nobody accepted yet, perhaps with a
// request in them. So it first has the kernel drop the packets that would open
// another (socket(7), SO_ATTACH_FILTER), then waits until those in the queue
// are accepted. A client whose attempt was dropped tries again after a second
// and is refused cleanly. Where the kernel does not permit it, nothing changes.
func refuseNew(l *net.TCPListener) {
	raw, err := l.SyscallConn()
	if err != nil {
		return
	}
	dropAll := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	program := unix.SockFprog{Len: 1, Filter: &dropAll}
	var attach error
	err = raw.Control(func(fd uintptr) {
		attach = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	if err != nil || attach != nil {
		return
	}
	for range 200 { // the accept loop needs microseconds; a stuck one must not hold up the stop
		if waiting(raw) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
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
