use rcshark::capture::{Input, OpenOptions, open};
fn main() {
    for f in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let r = match open(&[Input::Path(f.clone().into())], &OpenOptions::default()) {
            Ok(r) => r,
            Err(e) => {
                eprintln!("{f}: {e}");
                continue;
            }
        };
        let a = rcshark::analyze(r);
        let sip = a.messages.list.iter().filter(|m| m.sip().is_some()).count();
        println!(
            "{f}: frames {} sip {} msrp {} problems {} dup {} {:?}",
            a.capture.frames,
            sip,
            a.messages.list.len() - sip,
            a.problems.len(),
            a.duplicate_datagrams,
            t.elapsed()
        );
        if std::env::var("M").is_ok() {
            for m in &a.messages.list {
                println!(
                    "   {} {} {:?}",
                    m.frame.0 + 1,
                    a.messages.raw(m).len(),
                    String::from_utf8_lossy(&a.messages.raw(m)[..60.min(a.messages.raw(m).len())])
                );
            }
        }
        if std::env::var("V").is_ok() {
            for p in a.problems.iter().take(20) {
                println!("   {:?} {:?} {} {}", p.kind, p.frame, p.bytes, p.detail);
            }
            for s in &a.sessions.sessions {
                println!(
                    "  {} {:?} {:?} focus {:?} conv {:?} subj {:?} pred {:?} end {:?}",
                    s.id,
                    s.kind,
                    s.contribution_ids,
                    s.focus_uri,
                    s.conversation_id,
                    s.subject,
                    s.predecessor,
                    s.end_cause
                );
                for j in &s.joined_by {
                    println!("     {} {} {:?}", j.kind.as_str(), j.value, j.frames.len());
                }
                for &l in &s.legs {
                    let l = &a.sessions.legs[l];
                    println!(
                        "     leg {} {} {} {:?} {:?} {:?} {:?} msrp {:?} est {} end {:?}",
                        l.call_id,
                        l.from_tag,
                        l.to_tag,
                        l.direction,
                        l.outcome,
                        l.answered.map(|x| x.1),
                        l.participant().map(|p| &p.uri),
                        l.msrp,
                        l.established.is_some(),
                        l.ended.map(|x| x.1)
                    );
                }
                println!("     subs {:?} bare {:?}", s.subscriptions.len(), s.bare_msrp);
            }
        }
    }
}
