//! Writes captures of group sessions and their truth. `scenario` alone lists the stories and options.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use std::path::PathBuf;
use std::process::ExitCode;

use rcshark_scenario::conversation::Conversation;
use rcshark_scenario::output::Capture;
use rcshark_scenario::packets::{Link, Packeting, Segments};
use rcshark_scenario::script::{Info, Refer, SipTransport, Story, Style, Topology};
use rcshark_scenario::{faults, stories};

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("scenario: {problem}\n\n{}", usage());
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from(
        "scenario STORY [OPTIONS] -o FILE    writes FILE and FILE.truth.json\n\
         scenario STORY [OPTIONS]            lists the labels of the messages, to write faults with\n\
         scenario large --bytes 1G -o FILE   writes many concurrent groups, for benchmarks\n\n\
         --seed N              another seed, other identifiers and times\n\
         --groups N            so many groups at once\n\
         --topology T          direct | b2bua\n\
         --info I              msrp | notify | mixed\n\
         --sip S               udp | tcp\n\
         --style S             standard | compact | folded | lower\n\
         --refer R             in-dialog | own-dialog\n\
         --ipv6\n\
         --link L              ethernet | vlan | qinq | sll | sll2 | raw | null\n\
         --mtu N\n\
         --segments S          mss | random | tiny | together\n\
         --impair KIND[=P],…   retransmit overlap reorder duplicate loss noise (probability per packet),\n\
         \x20                     snaplen=BYTES, late=SECONDS, wrap, no-handshake\n\n\
         Stories:\n",
    );
    for story in stories::ALL {
        text.push_str(&format!("  {:<12} {}\n", story.name, story.about));
    }
    text.push_str("\nFaults, each in the story that can have it; use the name in place of STORY:\n");
    for named in faults::ALL {
        text.push_str(&format!("  {:<26} {}\n", named.fault.id, named.fault.summary));
    }
    text
}

struct Arguments {
    story: Story,
    groups: u32,
    packeting: Packeting,
    bytes: u64,
    output: Option<PathBuf>,
}

fn run(args: Vec<String>) -> Result<(), String> {
    let mut args = args.into_iter();
    let name = args.next().ok_or("no story")?;
    let arguments = parse(args)?;
    let output = arguments.output.unwrap_or_default();
    let failed = |error: std::io::Error| format!("{}: {error}", output.display());
    if name == "large" {
        return rcshark_scenario::large::write(&output, arguments.bytes, arguments.story.seed).map_err(failed);
    }
    let tell: Box<dyn Fn(Story) -> Conversation> = match (stories::find(&name), faults::find(&name)) {
        (Some(named), _) => Box::new(|base| Conversation::of(&(named.tell)(base))),
        (None, Some(fault)) => Box::new(|base| fault.tell(base)),
        (None, None) => return Err(format!("no story or fault is called {name}")),
    };
    let told = |group: u32| {
        let base = arguments.story.clone().group(group);
        let start_us = base.start_us + u64::from(group) * 150_000;
        tell(base.starting_at(start_us))
    };
    let conversations = (0..arguments.groups).map(told).collect::<Vec<_>>();
    if output.as_os_str().is_empty() {
        let messages = conversations.iter().flat_map(|conversation| &conversation.messages);
        messages.for_each(|message| {
            println!("{}.{:06} {}", message.time_us / 1_000_000, message.time_us % 1_000_000, message.label)
        });
        return Ok(());
    }
    Capture::of(conversations, &arguments.packeting).write(&output).map_err(failed)
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut parsed =
        Arguments { story: Story::new(1), groups: 1, packeting: Packeting::default(), bytes: 1 << 30, output: None };
    while let Some(option) = args.next() {
        if option == "--ipv6" {
            parsed.story.ipv6 = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("{option} needs a value"))?;
        let wrong = || format!("{option} {value}: not understood");
        match option.as_str() {
            "-o" => parsed.output = Some(PathBuf::from(&value)),
            "--seed" => {
                parsed.story.seed = value.parse().map_err(|_| wrong())?;
                parsed.packeting.impairments.seed = parsed.story.seed;
            }
            "--groups" => parsed.groups = value.parse().map_err(|_| wrong())?,
            "--bytes" => parsed.bytes = byte_count(&value).ok_or_else(wrong)?,
            "--mtu" => parsed.packeting.mtu = value.parse().ok().filter(|mtu| *mtu >= 100).ok_or_else(wrong)?,
            "--topology" => {
                let known = [("direct", Topology::Direct), ("b2bua", Topology::ParticipatingFunctions)];
                parsed.story.topology = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--info" => {
                let known = [("msrp", Info::Msrp), ("notify", Info::Notify), ("mixed", Info::Mixed)];
                parsed.story.info = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--sip" => {
                let known = [("udp", SipTransport::Udp), ("tcp", SipTransport::Tcp)];
                parsed.story.sip = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--style" => {
                let known = [
                    ("standard", Style::Standard),
                    ("compact", Style::Compact),
                    ("folded", Style::Folded),
                    ("lower", Style::LowerCase),
                ];
                parsed.story.style = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--refer" => {
                let known = [("in-dialog", Refer::InDialog), ("own-dialog", Refer::OwnDialog)];
                parsed.story.refer = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--link" => {
                let found = Link::ALL.iter().find(|link| link.name() == value);
                parsed.packeting.link = *found.ok_or_else(wrong)?;
            }
            "--segments" => {
                let known = [
                    ("mss", Segments::Mss),
                    ("random", Segments::Random),
                    ("tiny", Segments::Tiny),
                    ("together", Segments::Together),
                ];
                parsed.packeting.segments = choose(&known, &value).ok_or_else(wrong)?;
            }
            "--impair" => {
                value.split(',').try_for_each(|kind| impair(&mut parsed.packeting, kind).ok_or_else(wrong))?
            }
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(parsed)
}

fn choose<T: Copy>(known: &[(&str, T)], value: &str) -> Option<T> {
    known.iter().find(|(name, _)| *name == value).map(|&(_, choice)| choice)
}

/// One `KIND` or `KIND=VALUE`; a probability left out is 2 %.
fn impair(packeting: &mut Packeting, kind: &str) -> Option<()> {
    let (kind, value) = kind.split_once('=').unwrap_or((kind, "0.02"));
    let impairments = &mut packeting.impairments;
    let probability = match kind {
        "retransmit" => &mut impairments.retransmit,
        "overlap" => &mut impairments.overlap,
        "reorder" => &mut impairments.reorder,
        "duplicate" => &mut impairments.duplicate,
        "loss" => &mut impairments.loss,
        "noise" => &mut impairments.noise,
        "snaplen" => {
            impairments.snaplen = Some(value.parse().ok()?);
            return Some(());
        }
        "late" => {
            impairments.begins_late_us = (value.parse::<f64>().ok()? * 1e6) as u64;
            return Some(());
        }
        "wrap" => {
            impairments.wrap = true;
            return Some(());
        }
        "no-handshake" => {
            impairments.no_handshake = true;
            return Some(());
        }
        _ => return None,
    };
    *probability = value.parse().ok()?;
    Some(())
}

/// `500M`, `1G`, or plain bytes.
fn byte_count(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['K', 'M', 'G']) {
        Some(digits) => (digits, text.chars().last()?),
        None => (text, ' '),
    };
    let shift = match unit {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        _ => 0,
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}
