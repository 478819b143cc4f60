//! The plots of the report, as SVG.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::element::PathElement;
use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, IntoLogRange,
    LineSeries, PointSeries, RGBColor, Rectangle, SVGBackend, Text, TextStyle, WHITE,
};
use plotters::series::DashedLineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};

type Drawn = Result<(), Box<dyn Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const FONT: &str = "sans-serif";

/// A line in a plot.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// What is not ours is thinner, what cannot be changed is dashed.
    pub(crate) is_ours: bool,
    pub(crate) is_dashed: bool,
}

/// What a plot of lines shows, both axes logarithmic.
pub(crate) struct Chart<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) lines: Vec<Line>,
}

/// Cells of numbers, coloured by how far they are from 1.
pub(crate) struct Heat<'a> {
    pub(crate) title: &'a str,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<Option<f64>>)>,
}

/// Colours that differ for most eyes; ours come first.
const COLOURS: [RGBColor; 13] = [
    RGBColor(0xd6, 0x27, 0x28),
    RGBColor(0x1f, 0x4e, 0x9c),
    RGBColor(0x10, 0x90, 0xe0),
    RGBColor(0x00, 0x60, 0x60),
    RGBColor(0xf0, 0x60, 0xa0),
    RGBColor(0xff, 0x7f, 0x0e),
    RGBColor(0x2c, 0xa0, 0x2c),
    RGBColor(0x94, 0x67, 0xbd),
    RGBColor(0x8c, 0x56, 0x4b),
    RGBColor(0xe3, 0x77, 0xc2),
    RGBColor(0x60, 0x60, 0x60),
    RGBColor(0xbc, 0xbd, 0x22),
    RGBColor(0x17, 0xbe, 0xcf),
];

fn text(size: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&BLACK)
}

fn anchored(size: u32, h: HPos, v: VPos) -> TextStyle<'static> {
    text(size).pos(Pos::new(h, v))
}

pub(crate) fn lines(path: &Path, plot: &Chart<'_>) -> Drawn {
    let root = SVGBackend::new(path, (900, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(plot.title, (12, 10), text(18)))?;
    let (left, right) = root.margin(34, 4, 4, 4).split_horizontally(690);
    let all = || plot.lines.iter().flat_map(|line| &line.points).copied();
    let bounds = |of: fn((f64, f64)) -> f64| {
        let values = all().map(of);
        values.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((x0, x1), (y0, y1)) = (bounds(|point| point.0), bounds(|point| point.1));
    let mut chart = ChartBuilder::on(&left)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((x0 * 0.9..x1 * 1.1).log_scale(), (y0 * 0.7..y1 * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(plot.x)
        .y_desc(plot.y)
        .x_label_formatter(&|x| plain(*x))
        .y_label_formatter(&|y| plain(*y))
        .label_style(text(13))
        .light_line_style(WHITE)
        .draw()?;
    for (at, line) in plot.lines.iter().enumerate() {
        let colour = colour(at);
        let style = colour.stroke_width(if line.is_ours { 3 } else { 1 });
        if line.is_dashed {
            chart.draw_series(DashedLineSeries::new(line.points.iter().copied(), 6, 4, style))?;
        } else {
            chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        }
        let size = if line.is_ours { 4 } else { 2 };
        let dots = PointSeries::<_, _, Circle<_, _>, _>::new(
            line.points.iter().copied(),
            size,
            colour.filled(),
        );
        chart.draw_series(dots)?;
    }
    legend(&right, &plot.lines)?;
    root.present()?;
    Ok(())
}

/// A power of ten without zeros that say nothing.
fn plain(value: f64) -> String {
    format!("{}", (value * 1e6).round() / 1e6)
}

/// The first colours are for ours; the others share the rest, solid and dashed.
fn colour(at: usize) -> RGBColor {
    COLOURS[if at < 6 { at } else { 6 + (at - 6) % (COLOURS.len() - 6) }]
}

fn legend(area: &Area<'_>, lines: &[Line]) -> Drawn {
    for (at, (line, y)) in lines.iter().zip((10..).step_by(20)).enumerate() {
        let style = colour(at).stroke_width(if line.is_ours { 3 } else { 1 });
        let dashes: &[(i32, i32)] =
            if line.is_dashed { &[(8, 15), (19, 26), (30, 34)] } else { &[(8, 34)] };
        for (from, to) in dashes {
            area.draw(&PathElement::new([(*from, y), (*to, y)], style))?;
        }
        area.draw(&Text::new(line.name.clone(), (40, y), anchored(13, HPos::Left, VPos::Center)))?;
    }
    Ok(())
}

/// Blue for numbers above 1, orange below, the stronger the further away.
fn shade(value: f64) -> RGBColor {
    let strength = (value.log2().abs() / 4.0).min(1.0);
    let far = if value >= 1.0 { (0x5b, 0x9b, 0xd5) } else { (0xf0, 0x8c, 0x3a) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    let mix = |far: u8| (255.0 - strength * (255.0 - f64::from(far))) as u8;
    RGBColor(mix(far.0), mix(far.1), mix(far.2))
}

pub(crate) fn heat(path: &Path, heat: &Heat<'_>) -> Drawn {
    const NAME: i32 = 150;
    const HEAD: i32 = 60;
    const WIDE: i32 = 86;
    const HIGH: i32 = 24;
    let count = |items: usize| i32::try_from(items).expect("a few");
    let size =
        (NAME + WIDE * count(heat.columns.len()) + 10, HEAD + HIGH * count(heat.rows.len()) + 10);
    let root =
        SVGBackend::new(path, (size.0.unsigned_abs(), size.1.unsigned_abs())).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(heat.title, (12, 10), text(16)))?;
    for (x, column) in (NAME..).step_by(WIDE as usize).zip(&heat.columns) {
        let style = anchored(13, HPos::Center, VPos::Center);
        root.draw(&Text::new(column.clone(), (x + WIDE / 2, HEAD - 14), style))?;
    }
    for (y, (name, cells)) in (HEAD..).step_by(HIGH as usize).zip(&heat.rows) {
        let style = anchored(13, HPos::Right, VPos::Center);
        root.draw(&Text::new(name.clone(), (NAME - 8, y + HIGH / 2), style))?;
        for (x, cell) in (NAME..).step_by(WIDE as usize).zip(cells) {
            let Some(value) = cell else { continue };
            let corners = [(x + 1, y + 1), (x + WIDE - 1, y + HIGH - 1)];
            root.draw(&Rectangle::new(corners, shade(*value).filled()))?;
            let style = anchored(13, HPos::Center, VPos::Center);
            root.draw(&Text::new(times(*value), (x + WIDE / 2, y + HIGH / 2), style))?;
        }
    }
    root.present()?;
    Ok(())
}

/// A factor, as exact as factors of timings are.
pub(crate) fn times(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
