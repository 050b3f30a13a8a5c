//! What to capture live: interfaces, a filter, and why it cannot begin.

use std::collections::BTreeSet;

use eframe::egui::{self, Id, Key, Modal};
use rcshark::capture::{Device, LiveError, LiveOptions};

use crate::text::shown;

/// Interfaces that are listed at once; the others are found by scrolling.
const LISTED_HEIGHT: f32 = 260.0;

/// The dialog; what was chosen stays for the next time.
#[derive(Debug, Default)]
pub struct Live {
    devices: Vec<Device>,
    /// Names of those that are to be listened to.
    chosen: BTreeSet<String>,
    filter: String,
    only_own: bool,
    /// Why there is nothing to choose, or why it did not begin.
    error: Option<String>,
}

pub enum Answer {
    Open,
    Close,
    Start(LiveOptions),
}

impl Live {
    /// Lists what there is now.
    pub fn list(&mut self, devices: Result<Vec<Device>, LiveError>) {
        self.error = None;
        match devices {
            Ok(devices) => self.devices = devices,
            Err(error) => self.fail(&error),
        }
        self.chosen.retain(|name| self.devices.iter().any(|device| device.name == *name));
        if self.chosen.is_empty()
            && let Some(first) = self.devices.iter().find(|device| device.is_up)
        {
            self.chosen.insert(first.name.clone());
        }
    }

    #[cfg(test)]
    pub fn chosen(&self) -> Vec<String> {
        self.chosen.iter().cloned().collect()
    }

    /// It did not begin.
    pub fn fail(&mut self, error: &LiveError) {
        self.error = Some(shown(&error.to_string()).replace("\\n", "\n"));
    }

    pub fn show(&mut self, ui: &egui::Ui) -> Answer {
        let modal = Modal::new(Id::unique("live")).show(ui, |ui| {
            ui.set_width(560.0);
            ui.heading("Capture live");
            ui.add_space(6.0);
            egui::ScrollArea::vertical().max_height(LISTED_HEIGHT).show(ui, |ui| {
                ui.set_width(ui.available_width());
                for device in &self.devices {
                    device_ui(ui, device, &mut self.chosen);
                }
            });
            ui.add_space(6.0);
            let entered = ui
                .horizontal(|ui| {
                    let label = ui.label("Capture filter");
                    let field =
                        egui::TextEdit::singleline(&mut self.filter).hint_text("all packets; or: udp port 5060");
                    let field = ui.add(field.desired_width(f32::INFINITY)).labelled_by(label.id);
                    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
                })
                .inner;
            ui.checkbox(&mut self.only_own, "Only what this machine sends and receives");
            if let Some(error) = &self.error {
                ui.add_space(4.0);
                ui.colored_label(ui.visuals().error_fg_color, error);
            }
            ui.add_space(6.0);
            let mut answer = Answer::Open;
            ui.horizontal(|ui| {
                let can_start = !self.chosen.is_empty();
                let start = ui.add_enabled(can_start, egui::Button::new("Start"));
                if start.clicked() || (entered && can_start) {
                    answer = Answer::Start(self.options());
                }
                if ui.button("Cancel").clicked() {
                    answer = Answer::Close;
                }
            });
            answer
        });
        match modal.inner {
            Answer::Open if modal.should_close() => Answer::Close,
            answer => answer,
        }
    }

    fn options(&self) -> LiveOptions {
        let filter = self.filter.trim();
        LiveOptions {
            interfaces: self.chosen.iter().cloned().collect(),
            filter: (!filter.is_empty()).then(|| filter.to_owned()),
            promiscuous: !self.only_own,
            ..LiveOptions::default()
        }
    }
}

fn device_ui(ui: &mut egui::Ui, device: &Device, chosen: &mut BTreeSet<String>) {
    ui.horizontal(|ui| {
        let mut is_chosen = chosen.contains(&device.name);
        if ui.checkbox(&mut is_chosen, shown(&device.name)).changed() {
            match is_chosen {
                true => chosen.insert(device.name.clone()),
                false => chosen.remove(&device.name),
            };
        }
        let addresses = device.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let about = match (&device.description, device.is_up) {
            (Some(description), _) => shown(description),
            (None, true) => addresses,
            (None, false) => "down".to_owned(),
        };
        ui.add(egui::Label::new(egui::RichText::new(about).weak()).truncate());
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn device(name: &str, is_up: bool) -> Device {
        Device { name: name.into(), description: None, addresses: vec![], is_up, is_loopback: name == "lo" }
    }

    #[test]
    fn interfaces_are_chosen_and_a_filter_is_typed() {
        let mut live = Live::default();
        live.list(Ok(vec![device("down0", false), device("eth0", true), device("lo", true)]));
        let show = |ui: &mut egui::Ui, (live, asked): &mut (Live, Option<LiveOptions>)| {
            if let Answer::Start(options) = live.show(ui) {
                *asked = Some(options);
            }
        };
        let mut harness = Harness::new_ui_state(show, (live, None));
        harness.get_by_label("lo").click();
        harness.run();
        harness.get_by_label("Capture filter").focus();
        harness.run();
        harness.get_by_label("Capture filter").type_text("udp port 5060");
        harness.run();
        harness.get_by_label("Start").click();
        harness.run();
        let asked = harness.state().1.as_ref().expect("it is to begin");
        assert_eq!(
            (&asked.interfaces[..], asked.filter.as_deref()),
            (&["eth0".into(), "lo".into()][..], Some("udp port 5060"))
        );
        assert!(asked.promiscuous);
    }

    #[test]
    fn what_went_wrong_is_told_in_the_dialog() {
        let mut live = Live::default();
        live.list(Err(LiveError::Unsupported));
        let mut harness = Harness::new_ui_state(|ui: &mut egui::Ui, live: &mut Live| drop(live.show(ui)), live);
        harness.get_by_label_contains("live capture needs libpcap");
        let permission = LiveError::Permission { interface: "eth0".into(), remedy: "sudo setcap …".into() };
        harness.state_mut().fail(&permission);
        harness.run();
        harness.get_by_label_contains("sudo setcap …");
    }
}
