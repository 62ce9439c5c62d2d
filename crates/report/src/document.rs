//! The table model: a document of headings, grids of columns and typed cells, notes and captions, before any format.
//!
//! A command builds one [`Document`]; the [formats](crate::FORMATS) for people write it. Texts are held as they are: it is the formats
//! that escape them.

use super::text::one_line;
use fsl_metrics::Verdict;

/// What one command shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// A name for references to it: letters, digits, hyphens and underscores.
    pub label: String,
    /// The parts, from top to bottom.
    pub sections: Vec<Section>,
}

/// Blocks that belong together, from top to bottom.
pub type Section = Vec<Block>;

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What the section is about.
    Heading(Level, Prose),
    /// A table. All grids of a document should have the same columns: some formats make one table of them.
    Grid(Grid),
    /// What a reader must know of the grid above.
    Caption(Prose),
    /// A sentence or more.
    Paragraph(Prose),
    /// A list of sentences.
    Items(Vec<Prose>),
    /// What is out of the ordinary, with remedies. Never wrapped: a command must survive being copied.
    Notes(Vec<Note>),
    /// Strings to copy, each with the name of what it belongs to.
    Code(Vec<(String, String)>),
}

/// How much a heading stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The title of a table.
    Title,
    /// The title of a part of what was announced above.
    Subtitle,
    /// An ordinary line.
    Plain,
}

/// Something out of the ordinary.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// A row that is not complete.
    Row {
        /// The row's name for people.
        label: String,
        /// How far it is, such as `blocked: …`.
        state: String,
        /// What the user can do.
        hint: Option<String>,
    },
    /// A line of its own.
    Line {
        /// What there is to say.
        text: Prose,
        /// The command that helps.
        command: Option<String>,
    },
}

impl Note {
    /// The state of a row on one line, for formats that tell it in a comment of their source.
    pub fn row_state(&self) -> Option<String> {
        match self {
            Self::Row { label, state, .. } => {
                Some(format!("{}: {}", one_line(label), one_line(state)))
            }
            Self::Line { .. } => None,
        }
    }

    /// A line of its own: its text through a function, and where there is a command this text and the command through another.
    pub fn remark(
        &self,
        prose: impl Fn(&Prose) -> String,
        with_code: impl Fn(&str, &str) -> String,
    ) -> Option<String> {
        match self {
            Self::Row { .. } => None,
            Self::Line { text, command } => Some(match command {
                Some(command) => with_code(&prose(text), command),
                None => prose(text),
            }),
        }
    }
}

/// A text with names in it. Its words are the program's own and may quote in backticks; its names may hold anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(Vec<Span>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Span {
    Words(String),
    Name(String),
}

impl Prose {
    /// A name.
    pub fn name(name: impl Into<String>) -> Self {
        Self(vec![Span::Name(name.into())])
    }

    /// Words after what is there.
    #[must_use]
    pub fn then(mut self, words: impl Into<String>) -> Self {
        self.0.push(Span::Words(words.into()));
        self
    }

    /// A name after what is there.
    #[must_use]
    pub fn then_name(mut self, name: impl Into<String>) -> Self {
        self.0.push(Span::Name(name.into()));
        self
    }

    /// One text of several, with these words in between.
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut whole = Self::default();
        for part in parts {
            if !whole.0.is_empty() {
                whole = whole.then(between);
            }
            whole.0.extend(part.0);
        }
        whole
    }

    /// The text, names and words each through a function.
    pub fn map(&self, name: impl Fn(&str) -> String, words: impl Fn(&str) -> String) -> String {
        let spans = self.0.iter().map(|span| match span {
            Span::Words(text) => words(text),
            Span::Name(text) => name(text),
        });
        spans.collect()
    }

    /// The text on one line, harmless to a terminal.
    pub fn plain(&self) -> String {
        let harmless = |text: &str| one_line(text).into_owned();
        self.map(harmless, harmless)
    }
}

impl From<String> for Prose {
    /// Words without names.
    fn from(words: String) -> Self {
        Self::default().then(words)
    }
}

/// A table: columns, and rows of as many cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// How estimates are written.
    pub notation: Notation,
    /// Whether rows have marks, which need a legend.
    pub marked: bool,
}

/// How an estimate joins centre and spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// `64.41 ± 4.65`
    PlusMinus,
    /// `64.41(4.65)`, in the narrow layout of the published table.
    Parentheses,
}

/// A column of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The text above it; may hold anything.
    pub header: String,
    /// Where its cells stand.
    pub align: Align,
    /// Whether cells may be broken into lines where space is short. A number must not: broken it would be misread.
    pub wraps: bool,
    /// Whether the header is a symbol, such as n, which papers set in italics.
    pub symbol: bool,
    /// Whether a terminal that is too narrow leaves the column out.
    pub optional: bool,
}

/// Where the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// To the left.
    Left,
    /// In the middle.
    Center,
    /// To the right; a terminal does so only where the column does not wrap.
    Right,
}

impl Column {
    /// A column that may wrap.
    pub fn new(header: impl Into<String>, align: Align) -> Self {
        Self {
            header: header.into(),
            align,
            wraps: true,
            symbol: false,
            optional: false,
        }
    }

    /// A column whose cells stay on one line.
    pub fn unbroken(header: impl Into<String>, align: Align) -> Self {
        Self {
            wraps: false,
            ..Self::new(header, align)
        }
    }

    /// A column of whole numbers under a symbol.
    pub fn symbol(header: &str) -> Self {
        Self {
            symbol: true,
            ..Self::unbroken(header, Align::Right)
        }
    }
}

/// A row of a grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// A cell per column.
    pub cells: Vec<Cell>,
    /// A verdict that is a mark beside the first cell.
    pub mark: Option<Verdict>,
    /// Whether the row begins another group than the one above it.
    pub begins_group: bool,
    /// What its cells follow from.
    pub explanation: Option<Explanation>,
}

impl Row {
    /// A row of these cells, and nothing else.
    pub fn new(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }

    /// The row in short and why it says what it says.
    pub fn explained(&self) -> Option<Prose> {
        let Explanation { subject, reason } = self.explanation.as_ref()?;
        Some(subject.clone().then(format!(": {reason}")))
    }
}

/// Why a row says what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The row in short, for formats that explain beneath the grid.
    pub subject: Prose,
    /// The reason.
    pub reason: String,
}

/// A cell of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// There is nothing.
    Missing,
    /// Any text.
    Text(String),
    /// Digits, signs, brackets and the like.
    Number(String),
    /// A figure with its spread.
    Estimate {
        /// The number that stands for all trials.
        center: String,
        /// Its spread, where there is one.
        spread: Option<String>,
        /// Whether it is the best of its table.
        best: bool,
    },
}

impl Cell {
    /// A number, or that there is none.
    pub fn number(number: Option<String>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}
