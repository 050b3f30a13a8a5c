//! Datagrams as they arrive: many with one system call, and each with the time at which the system got it, which may be well before
//! we look.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::{Duration, SystemTime};

use mio::net::UdpSocket;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage, recvmmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;

/// Largest datagram.
const DATAGRAM_BYTES: usize = 65_535;

/// What datagrams are read into.
pub(super) struct Inbox {
    buffers: Vec<Box<[u8]>>,
}

impl Inbox {
    /// For so many datagrams at once.
    pub(super) fn new(datagrams: usize) -> Inbox {
        Inbox { buffers: vec![vec![0; DATAGRAM_BYTES].into_boxed_slice(); datagrams] }
    }

    /// Asks the system to note when datagrams arrive. Where it cannot, they arrive when they are read.
    pub(super) fn prepare(socket: &UdpSocket) {
        let _ = setsockopt(socket, sockopt::ReceiveTimestampns, &true);
    }

    /// Reads what has arrived: from where, when, and what. True: there may be more.
    pub(super) fn read(&mut self, socket: &UdpSocket, mut each: impl FnMut(SocketAddr, SystemTime, &[u8])) -> bool {
        let count = self.buffers.len();
        let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(count, Some(cmsg_space!(TimeSpec)));
        let flags = MsgFlags::MSG_DONTWAIT;
        let arrived = match recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None) {
            Ok(arrived) => arrived,
            // Others are an ICMP message about an earlier datagram: the transaction's timers deal with it.
            Err(error) => return error != Errno::EAGAIN,
        };
        let mut read = 0;
        for datagram in arrived {
            read += 1;
            if let Some(from) = sender(&datagram) {
                each(from, arrival(&datagram), datagram.iovs().next().unwrap_or_default());
            }
        }
        read == count
    }
}

fn sender(datagram: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<SocketAddr> {
    let address = datagram.address?;
    let v4 = address.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}

fn arrival(datagram: &RecvMsg<'_, '_, SockaddrStorage>) -> SystemTime {
    let mut messages = datagram.cmsgs().into_iter().flatten();
    let told = messages.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(time) => Some(SystemTime::UNIX_EPOCH + Duration::from(time)),
        _ => None,
    });
    told.unwrap_or_else(SystemTime::now)
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    fn pair() -> (UdpSocket, std::net::UdpSocket) {
        let ours = UdpSocket::bind("127.0.0.1:0".parse().expect("an address")).expect("a socket");
        Inbox::prepare(&ours);
        let theirs = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        theirs.connect(ours.local_addr().expect("an address")).expect("connected");
        (ours, theirs)
    }

    #[test]
    fn what_arrived_is_read_in_order_and_the_rest_is_told_of() {
        let (ours, theirs) = pair();
        let sent: Vec<Vec<u8>> = (0..5).map(|number| vec![number; 1 + usize::from(number) * 300]).collect();
        sent.iter().for_each(|bytes| assert_eq!(theirs.send(bytes).ok(), Some(bytes.len())));
        let mut inbox = Inbox::new(3);
        let mut read = vec![];
        let mut more = || inbox.read(&ours, |from, _, bytes| read.push((from, bytes.to_vec())));
        assert_eq!([more(), more(), more()], [true, false, false]);
        let from = theirs.local_addr().expect("an address");
        assert_eq!(read, sent.into_iter().map(|bytes| (from, bytes)).collect::<Vec<_>>());
    }

    #[test]
    fn a_datagram_has_the_time_at_which_the_system_got_it() {
        let (ours, theirs) = pair();
        let mut inbox = Inbox::new(3);
        // The system may take a moment to begin with that.
        let is_told = (0..100).any(|_| {
            let before = SystemTime::now();
            assert_eq!(theirs.send(b"x").ok(), Some(1));
            let after = SystemTime::now();
            sleep(Duration::from_millis(2));
            let mut at = None;
            inbox.read(&ours, |_, arrived, _| at = Some(arrived));
            at.is_some_and(|at| before <= at && at <= after)
        });
        assert!(is_told);
    }
}
