//! Both sides in a simulated network: latency, loss and reordering, without sockets.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcshark::capture::PcapngWriter;
use rcshark::replay::{
    self, Fresh, Hub, Network, Player, Roles, Route, Score, Settings, Side, Speed, Transport, Weather,
};

use super::{assert_says, captures, facts, groups_in, pair, peers, sample};

/// A network whose capture stays in memory.
pub fn network(weather: Weather) -> Network<Vec<u8>> {
    Network::new(weather, PcapngWriter::new(vec![]).expect("a writer"), std::time::UNIX_EPOCH)
}

/// Plays both sides in a simulated network, with the program.
pub fn simulated_run(args: &[&str]) -> pair::Outcome {
    pair::Playing::start(&[&["--simulate"], args].concat()).finish()
}

#[test]
fn both_sides_are_played_without_sockets_and_a_seed_gives_the_same_capture() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let [first, second, other] = ["first", "second", "other"].map(|name| path(&format!("{name}.pcapng")));
    for (name, transport) in [("adhoc-msrp.pcap", "udp"), ("adhoc-notify.pcapng", "tcp")] {
        let file = sample(name);
        let common = [file.as_str(), "--transport", transport, "--latency", "20", "--jitter", "400", "--loss", "10"];
        for (seed, saved) in [("2", &first), ("2", &second), ("3", &other)] {
            let outcome = simulated_run(&[&common[..], &["--seed", seed, "--save", saved]].concat());
            assert_says(&outcome, 0, &["all as expected"]);
            assert!(!outcome.stdout.contains("other than the original"), "{}", outcome.stdout);
            let (original, result) = (facts::read(&captures().join(name)), facts::read(Path::new(saved)));
            assert_eq!(facts::timelines(&original, 0), facts::timelines(&result, facts::session(&result, None)));
            assert_eq!(original.sessions.sessions[0].started, result.sessions.sessions[0].started, "{name}");
        }
        let [first, second, other] = [&first, &second, &other].map(|path| std::fs::read(path).expect("a result"));
        assert!(first == second, "{name}: the same seed, another capture");
        assert!(first != other, "{name}: another seed, the same capture");
    }
}

#[test]
fn plans_written_by_hand_become_a_capture() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("call.pcapng");
    let [caller, callee] =
        ["caller.toml", "callee.toml"].map(|name| peers::file(name).to_str().expect("a path").to_owned());
    let args = ["--run", &caller, "--run", &callee, "--save", saved.to_str().expect("a path")];
    assert_says(&simulated_run(&args), 0, &["all as expected"]);
    let result = facts::read(&saved);
    let methods: Vec<_> = result.messages.iter().filter_map(|(_, message)| Some(message.sip()?.method)).collect();
    for method in [rcshark::wire::sip::Method::Invite, rcshark::wire::sip::Method::Ack, rcshark::wire::sip::Method::Bye]
    {
        assert!(methods.contains(&method), "no {method:?} in the result");
    }
    assert_says(&simulated_run(&["--run", &caller]), 2, &["two sides"]);
}

#[test]
fn a_fault_in_a_simulated_run_is_told() {
    let file = sample("adhoc-msrp.pcap");
    let outcome = simulated_run(&[&file, "--mutate", "BYE:remove=Reason"]);
    assert_says(&outcome, 1, &["Reason is \"\" instead of \"480\""]);
}

#[test]
fn who_asks_for_a_file_without_saying_of_what_is_told() {
    let outcome = simulated_run(&[&sample("adhoc-msrp.pcap"), "-o", "result.pcapng"]);
    assert_says(&outcome, 2, &["--save FILE", "--plan"]);
}

/// Plays a session in a simulated network; gives the verdicts in words, and the result.
pub fn simulate(path: &Path, id: &str, transport: Transport, weather: Weather) -> (Vec<String>, Vec<u8>) {
    simulate_mutated(path, id, transport, weather, &[])
}

/// As [`simulate`], with faults in all plans that have such steps.
pub fn simulate_mutated(
    path: &Path,
    id: &str,
    transport: Transport,
    weather: Weather,
    faults: &[&str],
) -> (Vec<String>, Vec<u8>) {
    let original = facts::read(path);
    let index = facts::session(&original, Some(id));
    let roles = Roles::parse(&["clients".into(), "focus".into()], &original, index).expect("roles");
    let mut plans = replay::build(&original, index, &roles).expect("plans");
    for fault in faults {
        let put = plans.iter_mut().filter_map(|plan| replay::mutate(plan, fault).ok()).count();
        assert!(put > 0, "{fault}");
    }
    simulate_plans(plans, transport, weather)
}

/// Plays two sides in a simulated network, the first of which calls the second.
pub fn simulate_plans(plans: Vec<replay::Plan>, transport: Transport, weather: Weather) -> (Vec<String>, Vec<u8>) {
    let (players, result) = simulated_players(plans, transport, weather);
    (players.iter().filter(|(good, _)| !good).map(|(_, text)| text.clone()).collect(), result)
}

/// As [`simulate_plans`]; tells of each side whether all was as expected, and its report.
pub fn simulated_players(
    plans: Vec<replay::Plan>,
    transport: Transport,
    weather: Weather,
) -> (Vec<(bool, String)>, Vec<u8>) {
    let mut network = network(weather);
    let locals: Vec<_> = plans.iter().map(|_| network.endpoint(transport)).collect();
    let linger = Duration::from_secs(40);
    let settings = Arc::new(Settings { transport, speed: Speed::Times(1.0), linger, ..Settings::default() });
    let mut hub = Hub::default();
    let players = plans.into_iter().enumerate().map(|(number, plan)| {
        let target = if plan.side == Side::Clients { locals.get(1).map(|local| local.sip) } else { None };
        let route = Route::new(target, vec![]);
        (
            Player::new(Arc::new(Score::new(plan, vec![])), settings.clone(), route, locals[number], Fresh::default()),
            number,
            Duration::ZERO,
        )
    });
    hub.add(players.collect());
    let writer = network.run(&mut hub, Duration::from_secs(1_000)).expect("a run");
    let result = writer.finish().expect("a capture");
    let report = |run: &replay::Ended| {
        let text = replay::report::Run { plan: run.plan(), verdict: &run.verdict };
        (run.verdict.is_good(), replay::report::text(&[text], &Default::default()))
    };
    (hub.end().iter().map(report).collect(), result)
}

#[test]
fn latency_loss_and_reordering_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lost_at_all = false;
    for (path, sessions) in groups_in(&captures()) {
        for id in &sessions {
            for (seed, loss) in [(1, 0.0), (2, 0.1), (3, 0.2)] {
                let jitter = if loss > 0.0 { 30 } else { 0 };
                let (latency, jitter) = (Duration::from_millis(40), Duration::from_millis(jitter));
                let weather = Weather { latency, jitter, loss, seed };
                let what = format!("{} {id} with {weather:?}", path.display());
                let (bad, result) = simulate(&path, id, Transport::Udp, weather);
                assert!(bad.is_empty(), "{what}:\n{}", bad.join("\n"));
                let saved = folder.path().join("result.pcapng");
                std::fs::write(&saved, result).expect("a file");
                let (original, result) = (facts::read(&path), facts::read(&saved));
                let (index, replayed) = (facts::session(&original, Some(id)), facts::session(&result, None));
                if original.problems.is_empty() {
                    let before = facts::timelines(&original, index);
                    assert_eq!(before, facts::timelines(&result, replayed), "{what}");
                    assert_eq!(facts::deliveries(&original, index), facts::deliveries(&result, replayed), "{what}");
                }
                lost_at_all |= !result.sessions.retransmissions.is_empty();
            }
        }
    }
    assert!(lost_at_all);
}

#[test]
fn a_function_that_acts_by_itself_is_played_as_the_client_that_the_focus_sees() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["deferred.pcapng", "devices.pcap"] {
        let path = captures().join("functions").join(name);
        pair::play(&path, "s1", &[]).assert_good(name);
        for loss in [0.0, 0.1] {
            let weather =
                Weather { latency: Duration::from_millis(20), jitter: Duration::from_millis(5), loss, seed: 1 };
            let (bad, result) = simulate(&path, "s1", Transport::Udp, weather);
            assert!(bad.is_empty(), "{name}:\n{}", bad.join("\n"));
            let saved = folder.path().join("result.pcapng");
            std::fs::write(&saved, result).expect("a file");
            let (original, result) = (facts::read(&path), facts::read(&saved));
            let (index, replayed) = (facts::session(&original, Some("s1")), facts::session(&result, None));
            assert_eq!(facts::timelines(&original, index), facts::timelines(&result, replayed), "{name}");
            assert_eq!(original.timelines[index].messages.len(), result.timelines[replayed].messages.len(), "{name}");
        }
    }
}

#[test]
fn connections_are_simulated_too() {
    let weather = Weather { latency: Duration::from_millis(20), jitter: Duration::ZERO, loss: 0.0, seed: 1 };
    let (bad, _) = simulate(&captures().join("adhoc-mixed.pcapng"), "s1", Transport::Tcp, weather);
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
