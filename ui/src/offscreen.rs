//! Draws a part of the window that nobody sees, of any size: in goes what adds it to a `Ui`, out comes a picture.
//!
//! The meshes that egui makes are filled here, triangle by triangle: the crates that do so draw up to the size of a small screen only, or
//! belong to other versions of egui. Colours are blended as egui's own renderers do: premultiplied, in gamma space.

use std::collections::HashMap;

use eframe::egui::epaint::{ClippedPrimitive, ImageData, Primitive, Vertex};
use eframe::egui::{self, Color32, ColorImage, Pos2, RawInput, Rect, TextureId, TexturesDelta, Ui, Vec2, pos2};

use crate::style;

/// Draws `add` on a ground of `size` points, each `scale` pixels wide.
pub fn draw(size: Vec2, scale: f32, theme: egui::Theme, mut add: impl FnMut(&mut Ui)) -> ColorImage {
    let egui = egui::Context::default();
    style::install(&egui);
    egui.set_theme(theme);
    egui.set_pixels_per_point(scale);
    let mut textures = Textures::default();
    let mut output = None;
    // The first pass learns how large things are.
    for _ in 0..2 {
        let input = RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        let mut drawn = egui.run_ui(input, |ui| add(ui));
        textures.take(&mut drawn.textures_delta);
        output = Some(drawn);
    }
    let shapes = output.map(|output| output.shapes).unwrap_or_default();
    let ground = egui.style_of(theme).visuals.panel_fill;
    fill(size, scale, ground, &egui.tessellate(shapes, scale), &textures)
}

/// Draws what egui made, on a ground of one colour.
pub fn fill(
    size: Vec2,
    scale: f32,
    ground: Color32,
    primitives: &[ClippedPrimitive],
    textures: &Textures,
) -> ColorImage {
    let [width, height] = [size.x, size.y].map(|side| (side * scale).ceil() as usize);
    let mut canvas = Canvas { scale, image: ColorImage::filled([width, height], ground) };
    for primitive in primitives {
        canvas.primitive(primitive, textures);
    }
    canvas.image
}

/// Fonts, and whatever else is drawn as a picture.
#[derive(Default)]
pub struct Textures(HashMap<TextureId, ColorImage>);

impl Textures {
    /// Takes in what has changed.
    pub fn take(&mut self, delta: &mut TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in changes {
                let ImageData::Color(part) = change.image;
                match (change.pos, self.0.get_mut(&id)) {
                    (Some([left, top]), Some(whole)) => {
                        for y in 0..part.size[1] {
                            for x in 0..part.size[0] {
                                if left + x < whole.size[0] && top + y < whole.size[1] {
                                    whole[(left + x, top + y)] = part[(x, y)];
                                }
                            }
                        }
                    }
                    _ => {
                        self.0.insert(id, part.as_ref().clone());
                    }
                }
            }
        }
        for id in delta.free.drain() {
            self.0.remove(&id);
        }
    }
}

/// What is drawn on.
struct Canvas {
    scale: f32,
    image: ColorImage,
}

/// Pixels that may be drawn to, in pixels; the ends are outside.
struct Clip {
    x: [usize; 2],
    y: [usize; 2],
}

impl Canvas {
    fn primitive(&mut self, primitive: &ClippedPrimitive, textures: &Textures) {
        let Primitive::Mesh(mesh) = &primitive.primitive else { return };
        let Some(texture) = textures.0.get(&mesh.texture_id) else { return };
        let pixel = |points: f32, most: usize| ((points * self.scale).round().max(0.0) as usize).min(most);
        let [width, height] = self.image.size;
        let rect = primitive.clip_rect;
        let clip = Clip {
            x: [pixel(rect.left(), width), pixel(rect.right(), width)],
            y: [pixel(rect.top(), height), pixel(rect.bottom(), height)],
        };
        for corners in mesh.indices.as_chunks::<3>().0 {
            let corner = |index: u32| mesh.vertices.get(index as usize).copied();
            if let [Some(a), Some(b), Some(c)] = corners.map(corner) {
                self.triangle([a, b, c], texture, &clip);
            }
        }
    }

    /// Fills the pixels whose centres are inside; one on an edge belongs to one of two neighbours.
    fn triangle(&mut self, mut corners: [Vertex; 3], texture: &ColorImage, clip: &Clip) {
        for corner in &mut corners {
            corner.pos = pos2(corner.pos.x * self.scale, corner.pos.y * self.scale);
        }
        let double_area = cross(corners[0].pos, corners[1].pos, corners[2].pos);
        if double_area == 0.0 || !double_area.is_finite() {
            return;
        }
        if double_area < 0.0 {
            corners.swap(1, 2);
        }
        let double_area = double_area.abs();
        let [a, b, c] = corners.map(|corner| corner.pos);
        let span = |values: [f32; 3], [from, to]: [usize; 2]| {
            let least = values.iter().copied().fold(f32::INFINITY, f32::min).floor().max(0.0) as usize;
            let most = values.iter().copied().fold(0.0, f32::max).ceil() as usize;
            least.max(from)..most.min(to)
        };
        let (columns, rows) = (span([a.x, b.x, c.x], clip.x), span([a.y, b.y, c.y], clip.y));
        for y in rows {
            for x in columns.clone() {
                let at = pos2(x as f32 + 0.5, y as f32 + 0.5);
                let weights = [(b, c), (c, a), (a, b)].map(|(from, to)| inside(from, to, at));
                if let [Some(u), Some(v), Some(w)] = weights {
                    let shares = [u, v, w].map(|weight| weight / double_area);
                    let pixel = &mut self.image[(x, y)];
                    *pixel = blended(*pixel, colour(&corners, shares, texture));
                }
            }
        }
    }
}

fn cross(a: Pos2, b: Pos2, at: Pos2) -> f32 {
    (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x)
}

/// How far inside of an edge a place is; `None` outside, and on every edge but the upper and the left ones.
fn inside(from: Pos2, to: Pos2, at: Pos2) -> Option<f32> {
    let distance = cross(from, to, at);
    let is_upper_or_left = (from.y == to.y && to.x > from.x) || to.y < from.y;
    (distance > 0.0 || (distance == 0.0 && is_upper_or_left)).then_some(distance)
}

/// The colour between three corners, times that of the texture there.
fn colour(corners: &[Vertex; 3], shares: [f32; 3], texture: &ColorImage) -> [f32; 4] {
    let between = |value: fn(&Vertex) -> f32| {
        corners.iter().zip(shares).map(|(corner, share)| value(corner) * share).sum::<f32>()
    };
    let texel = |share: f32, side: usize| ((share * side as f32).max(0.0) as usize).min(side.saturating_sub(1));
    let [width, height] = texture.size;
    let (u, v) = (texel(between(|corner| corner.uv.x), width), texel(between(|corner| corner.uv.y), height));
    let texel = texture[(u, v)].to_array();
    let own = [
        between(|corner| corner.color.r().into()),
        between(|corner| corner.color.g().into()),
        between(|corner| corner.color.b().into()),
        between(|corner| corner.color.a().into()),
    ];
    [0, 1, 2, 3].map(|channel| own[channel] * f32::from(texel[channel]) / 255.0)
}

fn blended(below: Color32, [r, g, b, a]: [f32; 4]) -> Color32 {
    let rest = 1.0 - a / 255.0;
    let mix = |above: f32, below: u8| (above + f32::from(below) * rest).round() as u8;
    let [below_r, below_g, below_b, below_a] = below.to_array();
    Color32::from_rgba_premultiplied(mix(r, below_r), mix(g, below_g), mix(b, below_b), mix(a, below_a))
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::*;

    #[test]
    fn what_is_painted_is_in_the_picture_pixel_by_pixel() {
        let red = Color32::from_rgb(200, 30, 40);
        let add = |ui: &mut Ui| {
            let rect = Rect::from_min_size(pos2(10.0, 5.0), vec2(20.0, 10.0));
            ui.painter().rect_filled(rect, 0.0, red);
            ui.painter().rect_filled(rect.translate(vec2(0.0, 20.0)), 0.0, red.gamma_multiply(0.5));
        };
        for scale in [1.0, 2.0] {
            let image = draw(vec2(60.0, 40.0), scale, egui::Theme::Light, add);
            assert_eq!(image.size, [60.0, 40.0].map(|side| (side * scale) as usize));
            let at = |x: f32, y: f32| image[((x * scale) as usize, (y * scale) as usize)];
            let ground = at(1.0, 1.0);
            assert_eq!((at(20.0, 10.0), at(35.0, 10.0), at(20.0, 18.0)), (red, ground, ground));
            // Two triangles share the diagonal of the rectangle: nowhere is it drawn twice, or not at all.
            let half = at(20.0, 30.0);
            assert!(half != red && half != ground);
            for x in 12..28 {
                for y in 27..33 {
                    assert_eq!(at(x as f32, y as f32), half, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn text_is_legible() {
        let image = draw(vec2(200.0, 40.0), 2.0, egui::Theme::Dark, |ui| {
            ui.label("Alice");
        });
        let ground = image[(399, 79)];
        let inked = image.pixels.iter().filter(|pixel| **pixel != ground).count();
        assert!((200..4_000).contains(&inked), "{inked} pixels of letters");
    }
}
