//! Runs as a picture: a panel for each scenario and figure that tells most, a bar for each server.
//! The colours follow whether whoever looks at it prefers light or dark.

use svg::{
    Document,
    node::element::{Group as Element, Path, Rectangle, Style, Text},
};

use super::{
    figures::{self, Better},
    groups::{self, Group},
    number::shown,
    record::Record,
};
use crate::target::Kind;

/// Panels beside each other.
const COLUMNS: usize = 2;
/// The figures that are drawn of a scenario.
const USUAL: [&str; 2] = [figures::P99, figures::CPU];
const TELLING: [(&str, [&str; 2]); 8] = [
    ("saturation", [figures::DELIVERED, figures::CPU]),
    ("stalled-reader", [figures::P99, "resident MiB at most"]),
    ("acknowledged", ["lost of all", "acknowledged p99 ms"]),
    ("idle-rooms", ["connects/s", "KiB per connection idle"]),
    ("reconnect-storm", ["settled s", figures::CPU]),
    ("rest-mix", ["requests/s", "server CPU ms per request"]),
    ("replay", ["updates/s", "CPU µs per update"]),
    ("join", ["cold ms", "warm ms"]),
];
/// All of these in pixels: a panel, with what is left free around it; the head of the picture; the
/// head of a panel; a bar with its gap; and where bars begin, behind the names of servers.
const PANEL_WIDTH: usize = 560;
const MARGIN: usize = 24;
const HEAD: usize = 74;
const PANEL_HEAD: usize = 54;
const BAR: usize = 16;
const ROW: usize = 24;
const NAMES: usize = 250;
/// Left free behind the longest bar, for its figure.
const FIGURES: usize = 84;
const LONGEST: usize = PANEL_WIDTH - NAMES - FIGURES;

/// Colours are those of a validated pair of palettes, one for each ground.
const STYLE: &str = "
svg { --ground: #fcfcfb; --ink: #1b1b1a; --muted: #5f5e5a; --line: #d8d7d2; --gala: #2a78d6; --peer: #a9a8a2; --floor: #e4e3de; --bad: #b3261e }
@media (prefers-color-scheme: dark) {
svg { --ground: #1a1a19; --ink: #f2f1ec; --muted: #b4b2aa; --line: #3d3c39; --gala: #3987e5; --peer: #75746e; --floor: #4a4945; --bad: #ff8a80 }
}
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, Inter, sans-serif; fill: var(--ink) }
.ground { fill: var(--ground) } .title { font-size: 18px; font-weight: 600 } .scenario { font-size: 14px; font-weight: 600 }
.muted { fill: var(--muted); font-size: 12px } .bad { fill: var(--bad); font-size: 12px } .end { text-anchor: end }
.figure { font-variant-numeric: tabular-nums } .gala { fill: var(--gala) } .peer { fill: var(--peer) } .floor { fill: var(--floor) }
.line { stroke: var(--line); stroke-width: 1 } .strong { font-weight: 600 }
";

/// Draws a record.
pub(super) fn of(record: &Record) -> String {
    let groups = groups::of(&record.runs);
    let panels: Vec<Panel<'_>> = groups.iter().flat_map(Panel::of).collect();
    let rows: Vec<&[Panel<'_>]> = panels.chunks(COLUMNS).collect();
    let heights = rows.iter().map(|row| row.iter().map(Panel::height).max().unwrap_or(0) + MARGIN);
    let (width, height) = (COLUMNS * (PANEL_WIDTH + MARGIN) + MARGIN, HEAD + heights.clone().sum::<usize>() + MARGIN);
    let machine = &record.machine;
    let place = format!("{}, {} cores, Linux {}; {}", machine.cpu, machine.cores, machine.kernel, record.date);
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .add(Style::new(STYLE))
        .add(Rectangle::new().set("class", "ground").set("width", width).set("height", height))
        .add(text("title", MARGIN, 36, "Gala and its peers, the server on one core"))
        .add(text("muted", MARGIN, 58, place));
    let mut y = HEAD;
    for (row, height) in rows.iter().zip(heights) {
        for (column, panel) in row.iter().enumerate() {
            let x = MARGIN + column * (PANEL_WIDTH + MARGIN);
            document = document.add(panel.draw().set("transform", format!("translate({x} {y})")));
        }
        y += height;
    }
    document.to_string()
}

/// One figure of one scenario.
struct Panel<'a> {
    group: &'a Group,
    name: &'a str,
    better: Better,
}

impl<'a> Panel<'a> {
    /// The figures of a scenario that tell most, of those that were measured.
    fn of(group: &'a Group) -> Vec<Self> {
        let told = TELLING.iter().find(|(scenario, _)| *scenario == group.scenario);
        let names = told.map_or(USUAL, |(_, names)| *names);
        let rows = group.rows();
        let row = |wanted| rows.iter().find(|(name, _)| *name == wanted).copied();
        let drawn = names.into_iter().filter_map(row);
        drawn.map(|(name, better)| Self { group, name, better }).collect()
    }

    fn height(&self) -> usize {
        PANEL_HEAD + ROW * self.group.columns.len()
    }

    fn draw(&self) -> Element {
        let wanted = if self.better == Better::Less { "less is better" } else { "more is better" };
        let mut panel = Element::new()
            .add(text("scenario", 0, 16, format!("{}: {}", self.group.scenario, self.name)))
            .add(text("muted", 0, 36, format!("{wanted}; {}", self.group.described())));
        let values: Vec<Option<f64>> = self.group.columns.iter().map(|column| column.figure(self.name)).collect();
        let good = self.group.columns.iter().zip(&values).filter(|(column, _)| column.is_good);
        let most = good.filter_map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
        for (row, (column, value)) in self.group.columns.iter().zip(&values).enumerate() {
            let y = PANEL_HEAD + row * ROW;
            let (class, strong) = match column.target {
                kind if kind.is_gala() => ("gala", " strong"),
                Kind::Relay => ("floor", ""),
                _ => ("peer", ""),
            };
            panel = panel.add(text(&format!("end{strong}"), NAMES - 10, y + 13, column.label()));
            let drawn = value.filter(|_| column.is_good);
            let length = drawn.map_or(0, |value| (value / most * LONGEST as f64).round() as usize);
            if length > 0 {
                panel = panel.add(bar(class, y, length));
            }
            let (class, shown) = match value {
                Some(value) if column.is_good => ("figure", shown(*value)),
                Some(value) => ("bad", format!("{}, bad run", shown(*value))),
                None => ("muted", "–".to_owned()),
            };
            panel = panel.add(text(&format!("{class}{strong}"), NAMES + length + 6, y + 13, shown));
        }
        let foot = self.height() - (ROW - BAR) + 2;
        panel.add(Path::new().set("class", "line").set("d", format!("M{NAMES} {} V{foot}", PANEL_HEAD - 3)))
    }
}

/// A bar from the line on, round at its end.
fn bar(class: &str, y: usize, length: usize) -> Path {
    let round = length.min(3);
    let (straight, side) = (length - round, BAR - 2 * round);
    let d = format!(
        "M{NAMES} {y} h{straight} q{round} 0 {round} {round} v{side} q0 {round} -{round} {round} h-{straight} Z"
    );
    Path::new().set("class", class).set("d", d)
}

fn text(class: &str, x: usize, y: usize, content: impl Into<String>) -> Text {
    Text::new(content).set("class", class).set("x", x).set("y", y)
}

#[cfg(test)]
mod tests {
    use super::{super::groups::tests::run, *};

    #[test]
    fn every_server_has_its_bar() {
        let mut record = Record::begin(std::collections::BTreeMap::new());
        for (kind, cpu) in Kind::ALL.into_iter().zip([0.3_f64, 0.5, 1.5, 1.1, 2.1, 0.9, 0.6]) {
            record.add(run(kind, 10_000, cpu));
        }

        let drawn = of(&record);

        for kind in Kind::ALL {
            assert!(drawn.contains(kind.label()), "{drawn}");
        }
        assert_eq!(drawn.matches("class=\"gala\"").count(), 2 * USUAL.len());
    }
}
