//! What only the eye can check: pictures of the window, compared with those in `ui/tests/snapshots`. `UPDATE_SNAPSHOTS=true cargo test -p
//! rcshark-ui pictures` makes them anew; look at them before they are committed. They are drawn by [`crate::offscreen`], so that no GPU
//! is needed and all machines draw the same.

use egui_kittest::TestRenderer;

use super::*;
use crate::offscreen::{self, Textures};

#[derive(Default)]
struct Offscreen(Textures);

impl TestRenderer for Offscreen {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.0.take(delta);
    }

    fn render(&mut self, egui: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let scale = output.pixels_per_point;
        let primitives = egui.tessellate(output.shapes.clone(), scale);
        let ground = egui.global_style().visuals.panel_fill;
        let drawn = offscreen::fill(egui.content_rect().size(), scale, ground, &primitives, &self.0);
        let [width, height] = drawn.size.map(|side| side as u32);
        let bytes = drawn.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
        image::RgbaImage::from_raw(width, height, bytes).ok_or_else(|| "the picture has another size".into())
    }
}

/// A small window with a capture in one view.
fn drawn(capture: &str, theme: egui::Theme, keys: &[egui::Key]) -> Window {
    let paths = vec![sample(capture)];
    let show = move |ui: &mut egui::Ui, app: &mut Option<App>| {
        app.get_or_insert_with(|| App::new(Start { captures: paths.clone(), ..Start::default() }, ui.ctx())).show(ui);
    };
    let builder = Harness::builder().with_size([1_100.0, 700.0]).allow_missing_glyphs().renderer(Offscreen::default());
    let mut window: Window = builder.build_ui_state(show, None);
    window.ctx.set_theme(theme);
    wait(&mut window);
    press(&mut window, keys);
    window
}

#[test]
fn the_views_look_as_they_should() {
    use egui::{Key, Theme};

    let views: [(&str, Theme, &[Key]); 3] = [
        ("timeline", Theme::Dark, &[Key::Num1]),
        ("ladder", Theme::Light, &[Key::Num2]),
        ("chat", Theme::Dark, &[Key::Num4]),
    ];
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, theme, keys) in views {
        let mut window = drawn("violations.pcapng.gz", theme, keys);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
}

#[test]
fn the_whole_ladder_is_exported_as_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(vec![sample("restart.pcap")], false);
    press(&mut window, &[egui::Key::Num2]);
    window.get_by_label("Export").click();
    window.run_steps(3);
    window.get_by_label("Export the ladder as PNG…").click();
    window.run_steps(3);
    let path = folder.path().join("ladder.png");
    match &mut window.state_mut().as_mut().unwrap().overlay {
        Overlay::Save(save) => save.path = path.display().to_string(),
        _ => panic!("no path is asked for"),
    }
    window.run_steps(2);
    window.get_by_label("Save").click();
    window.run_steps(2);
    wait(&mut window);
    let picture = image::open(&path).unwrap().into_rgba8();
    // More rows than fit into the window; and the last one is drawn too.
    let (width, height) = picture.dimensions();
    assert!(height > 4 * 800 && width > 800, "{width} x {height}");
    let ground = *picture.get_pixel(2, height - 2);
    let is_drawn = |y: u32| (0..width).any(|x| *picture.get_pixel(x, y) != ground);
    assert!((height - 80..height - 24).all(is_drawn));
}
