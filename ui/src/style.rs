//! How the window looks in both themes: one accent colour, and colours that mean something.

use eframe::egui::{
    Color32, Context, CornerRadius, FontDefinitions, FontFamily, FontId, Stroke, Style, TextStyle, Ui, Visuals,
};
use rcshark::rules::Severity;
use rcshark::timeline::State;
use rcshark::view::Tone;

/// Height of a row of a list or table.
pub const ROW_HEIGHT: f32 = 22.0;

/// egui's own style is made for small tools; this window is read for hours: larger letters, more contrast.
pub fn install(egui: &Context) {
    let mut fonts = FontDefinitions::default();
    // egui's text font has no arrows; its monospaced one does.
    fonts.families.entry(FontFamily::Proportional).or_default().push("Hack".into());
    egui.set_fonts(fonts);
    egui.all_styles_mut(set);
}

fn set(style: &mut Style) {
    let sizes = [
        (TextStyle::Small, FontId::proportional(11.5)),
        (TextStyle::Body, FontId::proportional(13.5)),
        (TextStyle::Button, FontId::proportional(13.5)),
        (TextStyle::Heading, FontId::proportional(18.0)),
        (TextStyle::Monospace, FontId::monospace(12.5)),
    ];
    style.text_styles.extend(sizes);
    style.spacing.button_padding = [8.0, 3.0].into();
    style.spacing.item_spacing = [8.0, 5.0].into();
    style.spacing.interact_size.y = 22.0;
    style.interaction.tooltip_delay = 0.35;
    let dark = style.visuals.dark_mode;
    let pick = |on_dark: Color32, on_light: Color32| if dark { on_dark } else { on_light };
    let visuals = &mut style.visuals;
    let text = pick(grey(0xd6, 0xda, 0xe0), grey(0x1f, 0x24, 0x2c));
    visuals.panel_fill = pick(grey(0x17, 0x1a, 0x1f), grey(0xf6, 0xf7, 0xf9));
    visuals.window_fill = pick(grey(0x1e, 0x22, 0x28), grey(0xff, 0xff, 0xff));
    visuals.extreme_bg_color = pick(grey(0x0f, 0x11, 0x14), grey(0xff, 0xff, 0xff));
    visuals.faint_bg_color = pick(grey(0x1d, 0x21, 0x27), grey(0xee, 0xf1, 0xf4));
    visuals.code_bg_color = visuals.faint_bg_color;
    visuals.weak_text_color = Some(pick(grey(0x90, 0x98, 0xa4), grey(0x5b, 0x64, 0x70)));
    visuals.hyperlink_color = pick(grey(0x6c, 0xb2, 0xff), grey(0x12, 0x5f, 0xb0));
    visuals.error_fg_color = pick(grey(0xff, 0x7a, 0x6e), grey(0xb4, 0x1c, 0x1c));
    visuals.warn_fg_color = pick(grey(0xf2, 0xb8, 0x4b), grey(0x8a, 0x5a, 0x00));
    visuals.selection.bg_fill = pick(grey(0x1d, 0x4a, 0x78), grey(0xc9, 0xe0, 0xf7));
    visuals.selection.stroke = Stroke::new(1.0, pick(grey(0xf2, 0xf6, 0xfb), grey(0x0b, 0x2b, 0x4c)));
    visuals.widgets.noninteractive.bg_stroke.color = pick(grey(0x2b, 0x30, 0x38), grey(0xd5, 0xda, 0xe0));
    visuals.widgets.noninteractive.fg_stroke.color = text;
    visuals.widgets.inactive.fg_stroke.color = text;
    visuals.widgets.inactive.weak_bg_fill = pick(grey(0x29, 0x2e, 0x36), grey(0xe4, 0xe8, 0xec));
    visuals.widgets.hovered.weak_bg_fill = pick(grey(0x33, 0x3a, 0x44), grey(0xd8, 0xde, 0xe5));
    visuals.window_stroke.color = visuals.widgets.noninteractive.bg_stroke.color;
    let corner = CornerRadius::same(4);
    let widgets = &mut visuals.widgets;
    for widget in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.corner_radius = corner;
    }
}

const fn grey(red: u8, green: u8, blue: u8) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

fn of(visuals: &Visuals, on_dark: [u8; 3], on_light: [u8; 3]) -> Color32 {
    let [red, green, blue] = if visuals.dark_mode { on_dark } else { on_light };
    Color32::from_rgb(red, green, blue)
}

pub fn severity(visuals: &Visuals, severity: Severity) -> Color32 {
    match severity {
        Severity::Error => visuals.error_fg_color,
        Severity::Warning => visuals.warn_fg_color,
        Severity::Note => of(visuals, [0x8f, 0xb8, 0xe8], [0x2b, 0x66, 0xa8]),
    }
}

pub fn sip(visuals: &Visuals) -> Color32 {
    of(visuals, [0x74, 0xb4, 0xf7], [0x17, 0x5e, 0xa8])
}

pub fn msrp(visuals: &Visuals) -> Color32 {
    of(visuals, [0x6c, 0xcb, 0x8e], [0x1b, 0x74, 0x42])
}

/// What marks the bytes that are selected.
pub fn mark(visuals: &Visuals) -> Color32 {
    of(visuals, [0x6b, 0x54, 0x12], [0xff, 0xe2, 0x8a])
}

pub fn state(visuals: &Visuals, state: State) -> Color32 {
    match state {
        State::Connected => msrp(visuals),
        State::Pending | State::Invited => visuals.warn_fg_color,
        State::Disconnected => visuals.weak_text_color(),
    }
}

pub fn tone(visuals: &Visuals, tone: Tone) -> Color32 {
    match tone {
        Tone::Plain => visuals.text_color(),
        Tone::Faint => visuals.weak_text_color(),
        Tone::Good => msrp(visuals),
        Tone::Doubtful => visuals.warn_fg_color,
        Tone::Bad => visuals.error_fg_color,
    }
}

/// One of some colours that are told apart easily; neighbours in number are far apart in hue.
pub fn series(visuals: &Visuals, number: usize) -> Color32 {
    const ON_DARK: [[u8; 3]; 8] = [
        [0x74, 0xb4, 0xf7],
        [0xf0, 0xa3, 0x5e],
        [0x7d, 0xd3, 0x8f],
        [0xd8, 0x95, 0xee],
        [0xe8, 0xd1, 0x62],
        [0x5f, 0xd0, 0xd6],
        [0xf2, 0x8b, 0xa8],
        [0xb3, 0xbe, 0xcc],
    ];
    const ON_LIGHT: [[u8; 3]; 8] = [
        [0x17, 0x5e, 0xa8],
        [0xb3, 0x54, 0x06],
        [0x1b, 0x74, 0x42],
        [0x84, 0x2f, 0xa3],
        [0x7d, 0x66, 0x00],
        [0x07, 0x6f, 0x78],
        [0xb0, 0x22, 0x53],
        [0x4a, 0x55, 0x63],
    ];
    let place = number % ON_DARK.len();
    of(visuals, ON_DARK[place], ON_LIGHT[place])
}

/// The font of bytes and of what stands in columns.
pub fn mono(ui: &Ui) -> FontId {
    TextStyle::Monospace.resolve(ui.style())
}

pub fn body(ui: &Ui) -> FontId {
    TextStyle::Body.resolve(ui.style())
}

pub fn small(ui: &Ui) -> FontId {
    TextStyle::Small.resolve(ui.style())
}
