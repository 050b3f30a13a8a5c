//! Every rule, from the packets up: the pages in `tests/rules/` tell stories with one thing changed, and what the rules say.
//!
//! A page is named after its rule and reads like a page of the manual. Its blocks are stories of the scenario builder:
//! ````text
//! ```fires adhoc notify [error | warning | note]     the rule finds something of this severity, and nobody else an error
//! ```silent short msrp                               the rule finds nothing
//! ````
//! The second word is a story (`scenario --list`), the third how participants are told (`msrp`, `notify`, `mixed`). The lines say
//! what is changed; texts stand between backticks, in which `\n` is a CRLF:
//! ```text
//! topology pf                           through participating functions (first line)
//! sip tcp                               SIP over TCP (first lines)
//! lost 2                                two per cent of the packets are not captured
//! profile maximum-participants = 5      a line of the profile
//! on PATTERN                            the first message whose label matches (`*`: anything) is changed by what follows
//! on PATTERN holding `TEXT`             the first of them in which that text stands
//! each PATTERN [holding `TEXT`]         all of them
//! replace `A` with `B`                  wherever it stands in the message
//! bytes `A` with `B`                    as replace, in the bytes that are sent
//! cut `A` to `B`                        from the first A to the B after it, both included
//! header NAME: VALUE                    set, or added
//! first NAME: VALUE                     a header before all others
//! remove NAME                           a header
//! cpim-header NAME: VALUE               added to the headers of the CPIM envelope
//! cpim-remove NAME
//! start LINE                            another start line
//! body TYPE `TEXT`                      another body of the MSRP message, whole in the last chunk
//! raw `BYTES`                           other bytes altogether; in these and in a body `{NAME of LABEL}` is a header of another message
//! as LABEL                              what another message says
//! later SECONDS                         or earlier, when they are negative
//! drop                                  it is not sent
//! refused                               the connection is asked for once before, from another port, and refused
//! reconnect                             from it on, its sender goes on over another connection, from another port
//! turn                                  its receiver sends it to its sender
//! back SECONDS                          the MSRP message is sent back to its sender so much later
//! again SECONDS                         a copy is sent so much later
//! says TEXT                             one of the findings says that
//! also RULE                             that rule finds an error, too, and is right
//! undecided ID                          the statement's verdict in some session
//! ```

#[path = "support/corpus.rs"]
mod corpus;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rcshark::capture::{Input, OpenOptions, open};
use rcshark::rules::{self, Outcome, Profile, Severity, Verdict, catalogue};
use rcshark::{Analysis, analyze};
use scenario::conversation::{Content, Conversation, Entity, Headers, Message, MessageId, Payload};
use scenario::output::Capture;
use scenario::packets::{Impairments, Packeting};
use scenario::script::{Info, SipTransport, Story, Topology};
use scenario::stories;

/// A block of a page.
struct Block {
    fires: bool,
    story: String,
    info: Info,
    severity: Option<Severity>,
    lines: Vec<String>,
    /// Where it begins in the page.
    line: usize,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        if let Some(opening) = line.strip_prefix("```").filter(|_| !open) {
            let mut words = opening.split_whitespace();
            open = matches!(words.next(), Some("fires" | "silent"));
            if open {
                let story = words.next().expect("a story").to_owned();
                let info = match words.next() {
                    Some("msrp") => Info::Msrp,
                    Some("notify") => Info::Notify,
                    Some("mixed") => Info::Mixed,
                    other => panic!("line {}: {other:?} is neither msrp, notify nor mixed", number + 1),
                };
                let severity = words.next().map(|word| Severity::parse(word).expect("a severity"));
                let fires = opening.starts_with("fires");
                found.push(Block { fires, story, info, severity, lines: Vec::new(), line: number + 1 });
            }
        } else if line.starts_with("```") {
            open = false;
        } else if let (true, Some(block)) = (open, found.last_mut()) {
            block.lines.push(line.to_owned());
        }
    }
    found
}

/// The story of a block with its changes, and the lines of the profile.
fn tell(block: &Block) -> (Conversation, Packeting, String) {
    let told = stories::find(&block.story).unwrap_or_else(|| panic!("no story {}", block.story));
    let is_pf = block.lines.iter().any(|line| line == "topology pf");
    let topology = if is_pf { Topology::ParticipatingFunctions } else { Topology::Direct };
    let is_tcp = block.lines.iter().any(|line| line == "sip tcp");
    let sip = if is_tcp { SipTransport::Tcp } else { SipTransport::Udp };
    let story = Story { sip, ..Story::new(11) }.info(block.info).topology(topology);
    let mut conversation = Conversation::of(&(told.tell)(story));
    let mut packeting = Packeting::default();
    let mut profile = String::new();
    // The labels of the messages that are being changed.
    let mut chosen: Vec<String> = Vec::new();
    for line in &block.lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" | "topology" | "sip" | "says" | "also" | "undecided" => {}
            "lost" => {
                packeting.impairments = Impairments {
                    seed: 7,
                    loss: rest.parse::<f64>().expect("a number") / 100.0,
                    ..Impairments::default()
                };
            }
            "profile" => profile.push_str(&format!("{rest}\n")),
            "on" => chosen = find_all(&conversation, rest)[..1].to_vec(),
            "each" => chosen = find_all(&conversation, rest),
            "drop" => chosen.iter().for_each(|label| conversation = conversation.clone().without(label)),
            "again" => {
                let after_us = (rest.parse::<f64>().expect("seconds") * 1e6) as u64;
                chosen.iter().for_each(|label| conversation = conversation.clone().repeated(label, after_us));
            }
            "refused" => {
                let mut original = conversation.message(&chosen[0]).clone();
                original.from.set_port(original.from.port() ^ 1);
                original.time_us -= 200;
                original.id = MessageId(conversation.messages.len() as u32 + 10_000);
                original.payload = Payload::Refused;
                conversation.messages.push(original);
            }
            "reconnect" => {
                let first = conversation.message(&chosen[0]).clone();
                let ends = [first.from, first.to];
                let is_later = |one: &&mut Message| {
                    one.time_us >= first.time_us && ends.contains(&one.from) && ends.contains(&one.to)
                };
                for message in conversation.messages.iter_mut().filter(is_later) {
                    let own = if message.from == first.from { &mut message.from } else { &mut message.to };
                    own.set_port(own.port() ^ 1);
                }
            }
            "back" => {
                let after_us = (rest.parse::<f64>().expect("seconds") * 1e6) as u64;
                let original = conversation.message(&chosen[0]).clone();
                conversation.messages.push(turned(original, conversation.messages.len() as u32 + 10_000, after_us));
            }
            "as" => {
                let payload = conversation.message(rest).payload.clone();
                let messages = conversation.messages.iter_mut().filter(|message| chosen.contains(&message.label));
                messages.for_each(|message| message.payload = payload.clone());
            }
            "raw" | "body" => {
                let rest = filled_in(rest, &conversation);
                let messages = conversation.messages.iter_mut().filter(|message| chosen.contains(&message.label));
                messages.for_each(|message| change(message, word, &rest));
            }
            _ => {
                let messages = conversation.messages.iter_mut();
                messages
                    .filter(|message| chosen.contains(&message.label))
                    .for_each(|message| change(message, word, rest));
            }
        }
    }
    conversation.messages.sort_by_key(|message| message.time_us);
    (conversation, packeting, profile)
}

/// Puts in what stands in braces: `{NAME of LABEL}` is the value of that header in that message, of SIP, MSRP or CPIM.
fn filled_in(text: &str, conversation: &Conversation) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, (wanted, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let (name, label) = wanted.split_once(" of ").unwrap_or_else(|| panic!("{{{wanted}}}: NAME of LABEL"));
        let message = conversation.messages.iter().find(|message| message.label == label);
        let message = message.unwrap_or_else(|| panic!("no message {label}"));
        let bytes = message.payload.to_bytes();
        let raw = String::from_utf8_lossy(&bytes);
        let line = raw.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        out.push_str(before);
        out.push_str(line.unwrap_or_else(|| panic!("{label} has no {name}")));
        rest = after;
    }
    out + rest
}

/// The same MSRP message from its receiver to its sender.
fn turned(mut message: Message, id: u32, after_us: u64) -> Message {
    (message.from, message.to) = (message.to, message.from);
    message.time_us += after_us;
    message.id = MessageId(id);
    let msrp = message.msrp();
    for (name, _) in &mut msrp.headers.0 {
        match name.as_ref() {
            "To-Path" => *name = "From-Path".into(),
            "From-Path" => *name = "To-Path".into(),
            _ => {}
        }
    }
    msrp.headers.0.swap(0, 1);
    message
}

/// The labels of the messages that match `PATTERN`, or `PATTERN holding `TEXT``; at least one.
fn find_all(conversation: &Conversation, wanted: &str) -> Vec<String> {
    let (pattern, text) = wanted.split_once(" holding ").unwrap_or((wanted, ""));
    let text = text.trim_matches('`').replace("\\n", "\r\n");
    let holds = |message: &&Message| {
        message.is(pattern) && memchr::memmem::find(&message.payload.to_bytes(), text.as_bytes()).is_some()
    };
    let mut labels: Vec<String> = Vec::new();
    for message in conversation.messages.iter().filter(holds) {
        // Some messages share a label, and what is done is done to all of them.
        if !labels.contains(&message.label) {
            labels.push(message.label.clone());
        }
    }
    assert!(!labels.is_empty(), "no message {wanted}");
    labels
}

fn change(message: &mut Message, word: &str, rest: &str) {
    let texts: Vec<String> = rest.split('`').skip(1).step_by(2).map(|text| text.replace("\\n", "\r\n")).collect();
    match word {
        "replace" => message.replace(&texts[0], &texts[1]),
        "cut" => {
            let text = String::from_utf8_lossy(&message.payload.to_bytes()).into_owned();
            let from = text.find(&texts[0]).unwrap_or_else(|| panic!("no {:?} in {}", texts[0], message.label));
            let until = text[from..].find(&texts[1]).expect("an end of what is cut") + from + texts[1].len();
            message.replace(&text[from..until], "");
        }
        "bytes" => {
            let text = String::from_utf8_lossy(&message.payload.to_bytes()).into_owned();
            assert!(text.contains(&texts[0]), "no {:?} in {}", texts[0], message.label);
            message.payload = Payload::Raw(text.replace(&texts[0], &texts[1]).into_bytes());
        }
        "raw" => message.payload = Payload::Raw(texts[0].clone().into_bytes()),
        "body" => {
            let msrp = message.msrp();
            let mut headers = Headers::default();
            headers.add("Content-Type", rest.split_once(' ').expect("a type").0);
            msrp.body = Some(Entity { headers, content: Content::Bytes(texts[0].clone().into_bytes()) });
            msrp.chunks.drain(..msrp.chunks.len() - 1);
        }
        "turn" => (message.from, message.to) = (message.to, message.from),
        "later" => {
            let after_us = (rest.parse::<f64>().expect("seconds") * 1e6) as i64;
            message.time_us = message.time_us.saturating_add_signed(after_us);
        }
        "start" => match &mut message.payload {
            Payload::Sip(sip) => sip.start = rest.to_owned(),
            Payload::Msrp(msrp) => msrp.start = rest.to_owned(),
            _ => panic!("{} has no start line", message.label),
        },
        "header" | "first" | "remove" => {
            let headers = match &mut message.payload {
                Payload::Sip(sip) => &mut sip.headers,
                Payload::Msrp(msrp) => &mut msrp.headers,
                _ => panic!("{} has no headers", message.label),
            };
            match rest.split_once(": ").filter(|_| word != "remove") {
                Some((name, value)) if word == "first" => {
                    headers.0.insert(0, (name.to_owned().into(), value.to_owned()));
                }
                Some((name, value)) => {
                    let known = headers.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    match known {
                        Some((_, old)) => *old = value.to_owned(),
                        None => headers.add(name.to_owned(), value),
                    }
                }
                None => assert!(headers.remove(rest), "{} has no {rest}", message.label),
            }
        }
        // Of the messages that are meant, those that are CPIM.
        "cpim-header" | "cpim-remove" => {
            let Payload::Msrp(msrp) = &mut message.payload else { return };
            let Some(Content::Cpim { headers, .. }) = msrp.body.as_mut().map(|body| &mut body.content) else { return };
            match rest.split_once(": ").filter(|_| word == "cpim-header") {
                Some((name, value)) => headers.add(name.to_owned(), value),
                None => _ = headers.remove(rest),
            }
        }
        _ => panic!("what is {word:?}?"),
    }
}

/// Judges a conversation, as the program does while it reads, and once more as the window does afterwards.
fn play(conversation: Conversation, packeting: &Packeting, profile: &Profile) -> (Analysis, Outcome) {
    let capture = Capture::of(vec![conversation], packeting);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.pcap");
    capture.write(&path).unwrap();
    let frames = open(&[Input::Path(path)], &OpenOptions::default()).unwrap();
    let (analysis, outcome) = rules::analyze_and_check(frames, profile, &rules::all());
    let again = rules::check(&analysis, profile, &rules::all());
    assert_eq!(lines(&again, &analysis), lines(&outcome, &analysis));
    assert_eq!(again.statements, outcome.statements);
    (analysis, outcome)
}

/// `error[rule] frame 12: sentence`, one per line.
fn lines(outcome: &Outcome, analysis: &Analysis) -> String {
    let line = |finding: &rules::Finding| {
        let frame = finding.frames(analysis).first().map_or(0, |frame| analysis.capture.table.place(*frame).number);
        format!("  {}[{}] frame {frame}: {}\n", finding.severity, finding.rule.name, finding.message)
    };
    outcome.findings.iter().map(line).collect()
}

#[test]
fn every_page_is_true() {
    let mut wrong = Vec::new();
    let only = std::env::var("RULE").ok();
    for rule in rules::all().iter().filter(|rule| only.as_ref().is_none_or(|only| rule.name.starts_with(only.as_str())))
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/rules/{}.md", rule.name));
        let Ok(page) = fs::read_to_string(&path) else {
            wrong.push(format!("{}: no page tests/rules/{}.md", rule.name, rule.name));
            continue;
        };
        let blocks = blocks(&page);
        for fires in [true, false] {
            if !blocks.iter().any(|block| block.fires == fires) {
                wrong.push(format!(
                    "{}: no block in which it {}",
                    rule.name,
                    if fires { "fires" } else { "is silent" }
                ));
            }
        }
        for block in &blocks {
            let Ok((conversation, packeting, profile)) = std::panic::catch_unwind(|| tell(block)) else {
                wrong.push(format!("{} line {}: does not fit its story, see above", rule.name, block.line));
                continue;
            };
            let (analysis, outcome) = play(conversation, &packeting, &Profile::parse(&profile).unwrap());
            let mut blame = |what: String| {
                wrong.push(format!(
                    "{} line {}: {what}, but found\n{}",
                    rule.name,
                    block.line,
                    lines(&outcome, &analysis)
                ));
            };
            let severity = block.severity.unwrap_or(rule.severity);
            let own: Vec<_> = outcome.findings.iter().filter(|finding| finding.rule.name == rule.name).collect();
            let also: Vec<&str> = block.lines.iter().filter_map(|line| line.strip_prefix("also ")).collect();
            let others = outcome
                .findings
                .iter()
                .filter(|finding| finding.rule.name != rule.name && !also.contains(&finding.rule.name));
            if block.fires && !own.iter().any(|finding| finding.severity == severity) {
                blame(format!("expected a finding of severity {severity}"));
            }
            if block.fires && others.into_iter().any(|finding| finding.severity == Severity::Error) {
                blame("expected no error of another rule".to_owned());
            }
            if !block.fires && !own.is_empty() {
                blame("expected silence".to_owned());
            }
            for line in &block.lines {
                match line.split_once(' ') {
                    Some(("says", text)) if !own.iter().any(|finding| finding.message.contains(text)) => {
                        blame(format!("expected {text:?}"));
                    }
                    Some(("undecided", id)) => {
                        let mut verdicts = outcome.statements.iter().flatten().filter(|(known, _)| *known == id);
                        if !verdicts.any(|(_, tally)| tally.verdict() == Some(Verdict::Undecided)) {
                            blame(format!("expected {id} to be undecided"));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn clean_stories_are_silent() {
    let mut wrong = Vec::new();
    for story in stories::ALL {
        for topology in [Topology::Direct, Topology::ParticipatingFunctions] {
            for info in [Info::Msrp, Info::Notify, Info::Mixed] {
                for loss in [0.0, 0.02] {
                    let told = (story.tell)(Story::new(5).info(info).topology(topology));
                    let impairments = Impairments { seed: 3, loss, ..Impairments::default() };
                    let packeting = Packeting { impairments, ..Packeting::default() };
                    let (analysis, mut outcome) = play(Conversation::of(&told), &packeting, &Profile::default());
                    outcome.findings.retain(|finding| {
                        finding.severity >= if loss > 0.0 { Severity::Error } else { Severity::Warning }
                    });
                    if !outcome.findings.is_empty() {
                        wrong.push(format!(
                            "{} {topology:?} {info:?} loss {loss}:\n{}",
                            story.name,
                            lines(&outcome, &analysis)
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the packets that are missing would have shown is nobody's fault. Beside each row the rule that once took it for one.
#[test]
fn lossy_stories_are_silent() {
    let told = [
        ("asleep", Topology::ParticipatingFunctions, Info::Notify, 17, 0.1), // cpm-bye-forwarded-to-peer-leg
        ("refused", Topology::Direct, Info::Msrp, 23, 0.1),                  // cpm-msrp-cpim-to-group
        ("woken", Topology::ParticipatingFunctions, Info::Msrp, 70, 0.1),    // cpm-bye-other-clients-on-selection
        ("devicelost", Topology::ParticipatingFunctions, Info::Msrp, 23, 0.02), // cpm-bye-503-other-clients-unaffected
        ("adhoc", Topology::Direct, Info::Notify, 9, 0.03),                  // cpm-cinfo-icon-ext
        ("deferred", Topology::ParticipatingFunctions, Info::Notify, 19, 0.1), // cpm-deferred-close-when-inactive
        ("deferred", Topology::ParticipatingFunctions, Info::Notify, 6, 0.03), // cpm-deferred-delivery-over-msrp
        ("unwoken", Topology::ParticipatingFunctions, Info::Notify, 22, 0.1), // cpm-deferred-rejoin-active-conference, -imdn-routing
        ("unwoken", Topology::ParticipatingFunctions, Info::Notify, 1, 0.1),  // cpm-focus-bye-410-no-restart
        ("refused", Topology::ParticipatingFunctions, Info::Notify, 5, 0.1),  // cpm-notify-noresource
        ("unwoken", Topology::Direct, Info::Notify, 18, 0.01),                // cpm-rejoin-allowed-for-last-participant
        ("unwoken", Topology::ParticipatingFunctions, Info::Notify, 15, 0.01), // cpm-rejoin-failed-bye-reason
        ("refused", Topology::ParticipatingFunctions, Info::Mixed, 6, 0.1),   // cpm-rejoin-unknown-session
        ("refused", Topology::ParticipatingFunctions, Info::Notify, 2, 0.1),  // cpm-session-identity-from-contact
    ];
    let mut wrong = Vec::new();
    for (name, topology, info, seed, loss) in told {
        let story = stories::find(name).expect("a story");
        let told = (story.tell)(Story::new(5).info(info).topology(topology));
        let impairments = Impairments { seed, loss, ..Impairments::default() };
        let packeting = Packeting { impairments, ..Packeting::default() };
        let (analysis, mut outcome) = play(Conversation::of(&told), &packeting, &Profile::default());
        outcome.findings.retain(|finding| finding.severity >= Severity::Warning);
        if !outcome.findings.is_empty() {
            wrong.push(format!("{name} {topology:?} {info:?} {seed} {loss}:\n{}", lines(&outcome, &analysis)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A classic pcap file, taken apart: its header and its packets with their record headers, in order.
fn packets(pcap: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (head, mut rest) = pcap.split_at(24);
    let is_little = [[0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]].iter().any(|magic| head.starts_with(magic));
    let mut packets = Vec::new();
    while rest.len() >= 16 {
        let captured: [u8; 4] = rest[8..12].try_into().unwrap();
        let captured = if is_little { u32::from_le_bytes(captured) } else { u32::from_be_bytes(captured) };
        let (packet, after) = rest.split_at(16 + captured as usize);
        packets.push(packet);
        rest = after;
    }
    (head, packets)
}

/// Whoever captures sees what passes where the sniffer stands, from when it was started until it was stopped: what it did not see is
/// nobody's fault.
#[test]
fn parts_of_clean_captures_are_silent() {
    // The IPv4 addresses of a packet: of whom, and to whom.
    let ends = |packet: &[u8]| -> Option<[[u8; 4]; 2]> {
        let ip = packet.get(16 + 14..16 + 34)?;
        Some([ip[12..16].try_into().ok()?, ip[16..20].try_into().ok()?])
    };
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("part.pcap");
    let mut wrong = Vec::new();
    for story in stories::ALL {
        for topology in [Topology::Direct, Topology::ParticipatingFunctions] {
            for info in [Info::Msrp, Info::Notify] {
                let told = (story.tell)(Story::new(9).info(info).topology(topology));
                Capture::of(vec![Conversation::of(&told)], &Packeting::default()).write(&path).unwrap();
                let pcap = fs::read(&path).unwrap();
                let (head, all) = packets(&pcap);
                let hosts: BTreeSet<[u8; 4]> = all.iter().filter_map(|packet| ends(packet)).flatten().collect();
                assert!(hosts.len() >= 3, "{}: {hosts:?}", story.name);
                let host = *hosts.iter().nth(1).unwrap();
                let is_of = |packet: &&&[u8]| ends(packet).is_some_and(|ends| ends.contains(&host));
                let is_from = |packet: &&&[u8]| ends(packet).is_some_and(|ends| ends[0] == host);
                let parts: [(&str, Vec<&[u8]>); 6] = [
                    ("from a sixth on", all[all.len() / 6..].to_vec()),
                    ("from the middle on", all[all.len() / 2..].to_vec()),
                    ("to two thirds", all[..all.len() * 2 / 3].to_vec()),
                    ("one host", all.iter().filter(is_of).copied().collect()),
                    ("without one host", all.iter().filter(|packet| !is_of(packet)).copied().collect()),
                    ("without what one host sends", all.iter().filter(|packet| !is_from(packet)).copied().collect()),
                ];
                for (part, kept) in parts {
                    fs::write(&path, [head, &kept.concat()].concat()).unwrap();
                    let analysis = analyze(open(&[Input::Path(path.clone())], &OpenOptions::default()).unwrap());
                    let mut outcome = rules::check(&analysis, &Profile::default(), &rules::all());
                    outcome.findings.retain(|finding| finding.severity >= Severity::Warning);
                    if !outcome.findings.is_empty() {
                        let found = lines(&outcome, &analysis);
                        wrong.push(format!("{} {topology:?} {info:?}, {part}:\n{found}", story.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_corpus_is_silent_where_it_is_clean() {
    let Some(folder) = corpus::corpus("group") else { return };
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json" || ending == "md") {
            continue;
        }
        let analysis = analyze(open(&[Input::Path(path.clone())], &OpenOptions::default()).unwrap());
        let mut outcome = rules::check(&analysis, &Profile::default(), &rules::all());
        outcome.findings.retain(|finding| finding.severity >= Severity::Error);
        if !outcome.findings.is_empty() {
            wrong.push(format!("{}:\n{}", path.display(), lines(&outcome, &analysis)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `check` of the program judges while it reads, the window what it has read already.
#[test]
fn a_session_is_judged_the_same_behind_its_timeline_and_later() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let folders = [Some(captures.clone()), Some(captures.join("functions")), corpus::corpus("group")];
    let files = folders.into_iter().flatten().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let (profile, rules) = (Profile::default(), rules::all());
    let (mut compared, mut together) = (0, 0);
    for path in files {
        let frames = || open(&[Input::Path(path.clone())], &OpenOptions::default());
        let Ok(first) = frames() else { continue };
        let (analysis, outcome) = rules::analyze_and_check(first, &profile, &rules);
        let later = rules::check(&analyze(frames().unwrap()), &profile, &rules);
        assert_eq!(lines(&outcome, &analysis), lines(&later, &analysis), "{}", path.display());
        assert_eq!(outcome.statements, later.statements, "{}", path.display());
        compared += analysis.sessions.sessions.len();
        together += usize::from(analysis.sessions.conversations.iter().any(|(_, members)| members.len() > 1));
    }
    assert!(compared >= 10 && together > 0, "{compared} sessions, {together} captures with conversations");
}

#[test]
fn the_list_is_tidy() {
    let mut names = BTreeSet::new();
    for family in rules::FAMILIES {
        let sorted = family.rules.is_sorted_by_key(|rule| rule.name);
        assert!(sorted, "the rules of {} are not sorted by name", family.name);
        for rule in family.rules {
            assert!(names.insert(rule.name), "{} is there twice", rule.name);
            for heading in ["What it checks", "Why it matters", "Example", "Source"] {
                assert!(rule.section(heading).is_some_and(|text| !text.is_empty()), "{} lacks {heading:?}", rule.name);
            }
            assert!(!rule.summary().is_empty(), "{}", rule.name);
            let ids: Vec<&str> =
                catalogue::statements().iter().filter(|one| one.rule == rule.name).map(|one| one.id).collect();
            let covered: BTreeSet<&str> = rule.statements.iter().copied().collect();
            assert_eq!(covered, ids.into_iter().collect(), "the statements of {}", rule.name);
        }
    }
    let pages = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")).unwrap();
    for page in pages.map(|page| page.unwrap().path()) {
        let name = page.file_stem().unwrap().to_str().unwrap();
        assert!(names.contains(name), "{name}.md is a page of no rule");
    }
}

/// Captures in which bytes were changed at random: whatever a rule reads, it does not fail.
#[test]
fn no_capture_makes_a_rule_fail() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("changed.pcap");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for name in ["adhoc-msrp.pcap", "adhoc-notify.pcapng", "adhoc-mixed.pcapng", "restart.pcap", "extended.pcapng"] {
        let original = fs::read(folder.join(name)).unwrap();
        for _ in 0..12 {
            let mut bytes = original.clone();
            for _ in 0..200 {
                let at = 24 + random(bytes.len() - 24);
                bytes[at] = b"<>\"'=;:\r\n \0\xff-0AZ"[random(16)];
            }
            fs::write(&path, &bytes).unwrap();
            let Ok(frames) = open(&[Input::Path(path.clone())], &OpenOptions::default()) else { continue };
            let analysis = analyze(frames);
            let outcome = rules::check(&analysis, &Profile::default(), &rules::all());
            let failed = outcome.findings.iter().find(|finding| finding.rule.name == "rule-failed");
            assert!(failed.is_none(), "{name}: {:?}", failed.map(|finding| &finding.message));
        }
    }
}
