//! One device, listened to through libpcap until the capture ends.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pcap::{Active, Capture, Packet, Precision};

use super::running::Shared;
use super::{LiveError, LiveOptions, devices};
use crate::capture::write::DeviceNumber;
use crate::capture::{LinkType, Time};

/// How long the system may gather packets before it hands them over.
const GATHER_MILLIS: i32 = 50;

/// How long we wait when there is no packet. The library does not wait for us: whether its own waiting ends without a packet is
/// another matter on every system.
const WAIT: Duration = Duration::from_millis(10);

/// How long after the end the system may still hand over what was received before it.
const LATE: Duration = Duration::from_millis(2 * GATHER_MILLIS as u64);

/// How long the counters of the system may be unread.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Time stamps with nanoseconds: all network devices of Linux have them. Elsewhere the library does not tell whether the
/// device could do it, so that microseconds are taken.
const HAS_NANOS: bool = cfg!(target_os = "linux");

/// The device of Linux that stands for all; it cannot be promiscuous, which the library takes for an error.
const ANY: &str = "any";

/// A device that is open.
pub(super) struct Listener {
    pub interface: String,
    capture: Capture<Active>,
    link: LinkType,
    snaplen_bytes: u32,
    filter: Option<String>,
}

impl Listener {
    pub fn open(interface: &str, options: &LiveOptions) -> Result<Listener, LiveError> {
        let limit = |bytes: u32| i32::try_from(bytes).unwrap_or(i32::MAX);
        let fail = |error| explained(interface, error);
        let mut capture = Capture::from_device(interface)
            .map_err(fail)?
            .snaplen(limit(options.snaplen_bytes))
            .promisc(options.promiscuous && interface != ANY)
            .buffer_size(limit(options.buffer_bytes))
            .timeout(GATHER_MILLIS)
            .precision(if HAS_NANOS { Precision::Nano } else { Precision::Micro })
            .open()
            .and_then(Capture::setnonblock)
            .map_err(fail)?;
        if let Some(filter) = &options.filter {
            capture.filter(filter, true).map_err(|error| LiveError::Filter {
                expression: filter.clone(),
                interface: interface.to_owned(),
                reason: reason(error),
            })?;
        }
        let link = u16::try_from(capture.get_datalink().0).map_or(LinkType(u16::MAX), LinkType::from_file);
        let filter = options.filter.clone();
        Ok(Listener { interface: interface.to_owned(), capture, link, snaplen_bytes: options.snaplen_bytes, filter })
    }

    /// Writes what comes, until the capture is to end; then what was received up to that moment.
    pub fn run(&mut self, shared: &Shared) {
        let recorder = &shared.recorder;
        let Some(device) = recorder.device(self.link, &self.interface, self.snaplen_bytes, self.filter.as_deref())
        else {
            return;
        };
        let mut counted = Instant::now();
        let mut ended: Option<(Instant, Time)> = None;
        while !recorder.is_over() {
            if ended.is_none() && (shared.stop.load(Ordering::Relaxed) || recorder.is_late()) {
                ended = Some((Instant::now(), now()));
            }
            match self.capture.next_packet() {
                Ok(packet) => {
                    let time = time_of(&packet);
                    if ended.is_some_and(|(_, end)| time > end) {
                        break;
                    }
                    recorder.frame(device, time, packet.data, packet.header.len);
                }
                Err(pcap::Error::TimeoutExpired) if ended.is_some_and(|(since, _)| since.elapsed() > LATE) => break,
                Err(pcap::Error::TimeoutExpired) => {
                    // Whoever reads the file sees at once what has come.
                    recorder.flush();
                    thread::sleep(WAIT);
                }
                Err(error) => {
                    recorder.fail(explained(&self.interface, error).to_string());
                    break;
                }
            }
            if counted.elapsed() > COUNT_EVERY {
                counted = Instant::now();
                self.count(shared, device);
            }
        }
        self.count(shared, device);
        recorder.flush();
    }

    fn count(&mut self, shared: &Shared, device: DeviceNumber) {
        // Without counters nothing can be said of losses.
        if let Ok(counters) = self.capture.stats() {
            shared.recorder.count(device, now(), counters.received.into(), counters.dropped.into());
        }
    }
}

#[allow(clippy::useless_conversion, reason = "on other systems the parts of a time stamp are narrower")]
fn time_of(packet: &Packet<'_>) -> Time {
    let stamp = packet.header.ts;
    let (seconds, part) = (i64::from(stamp.tv_sec), i64::from(stamp.tv_usec));
    Time(seconds.saturating_mul(1_000_000_000).saturating_add(if HAS_NANOS { part } else { part * 1_000 }))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// What libpcap says, without the words that the error adds.
pub(super) fn reason(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(reason) => reason,
        other => other.to_string(),
    }
}

/// An error of libpcap with what the user can do about it. libpcap tells the kinds apart by text only.
fn explained(interface: &str, error: pcap::Error) -> LiveError {
    let reason = reason(error);
    let text = reason.to_lowercase();
    if ["permission", "not permitted", "cap_net_raw"].iter().any(|word| text.contains(word)) {
        let program = std::env::current_exe().map_or_else(|_| "rcshark".into(), |path| path.display().to_string());
        let remedy = match cfg!(target_os = "linux") {
            true => format!("sudo setcap cap_net_raw,cap_net_admin=eip {program}"),
            false => "sudo chmod g+r /dev/bpf*".to_owned(),
        };
        return LiveError::Permission { interface: interface.to_owned(), remedy };
    }
    let known: Vec<String> = devices().unwrap_or_default().into_iter().map(|device| device.name).collect();
    if !known.is_empty() && !known.iter().any(|name| name == interface) {
        return LiveError::NoSuchInterface { asked: interface.to_owned(), known };
    }
    LiveError::Device { interface: interface.to_owned(), reason }
}
