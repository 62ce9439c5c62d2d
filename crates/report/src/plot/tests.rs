use super::*;

fn rows() -> Vec<RowPoints> {
    vec![
        RowPoints {
            label: "FSL <b>MiniLM</b>".into(),
            values: vec![0.65, 0.66, 0.70],
            center: 0.67,
            interval: Some((0.64, 0.70)),
        },
        RowPoints {
            label: "a label that is much too long to stand beside a plot".into(),
            values: vec![0.62],
            center: 0.62,
            interval: None,
        },
    ]
}

#[test]
fn every_trial_is_a_circle_and_labels_are_harmless() {
    let plot = points("F1", &rows()).unwrap();
    assert_eq!(plot.svg.matches("<circle").count(), 4);
    assert!(!plot.svg.contains("<b>"), "{}", plot.svg);
    assert!(plot.svg.contains("a label that…beside a plot"));
    assert!(plot.description.starts_with("F1 of every trial"));
}

#[test]
fn a_file_of_its_own_is_white() {
    let plot = points("F1", &rows()).unwrap();
    assert!(!plot.svg.contains("fill=\"white\""));
    assert_eq!(plot.file().matches("fill=\"white\"").count(), 1);
}

#[test]
fn a_curve_has_a_band_and_a_legend() {
    let series = |label: &str, shift: f64| Series {
        label: label.into(),
        points: [10.0, 25.0, 50.0, 100.0]
            .map(|x| Point {
                x,
                y: 0.5 + x / 1000.0 + shift,
                band: Some((0.48 + x / 1000.0 + shift, 0.52 + x / 1000.0 + shift)),
                trials: vec![0.5 + shift],
            })
            .to_vec(),
    };
    let mut plot = CurvePlot {
        x: "labelled texts".into(),
        figure: "F1".into(),
        series: vec![series("bow", 0.0), series("FSL", 0.05)],
    };
    let drawn = curve(&plot).unwrap();
    assert_eq!(drawn.svg.matches("<polygon").count(), 2 + 4 + 1);
    assert!(drawn.svg.contains(">\nFSL\n<"), "{}", drawn.svg);
    assert_eq!(drawn.svg.matches(">\n100\n<").count(), 1, "{}", drawn.svg);
    plot.series.clear();
    assert!(curve(&plot).is_err());
}

#[test]
fn other_plots_draw() {
    let pairs = PairedPlot {
        title: "F1 of a minus F1 of b".into(),
        differences: vec![0.01, 0.02, -0.01],
        mean: 0.0067,
        interval: Some((-0.02, 0.03)),
        margin: 0.01,
    };
    assert_eq!(paired(&pairs).unwrap().svg.matches("<circle").count(), 3);
    let plot = SquarePlot {
        x: "recall".into(),
        y: "precision".into(),
        diagonal: true,
        lines: vec![Line {
            label: "bow".into(),
            points: vec![(0.0, 1.0), (0.5, 0.8), (1.0, 0.5)],
        }],
    };
    assert!(square(&plot).unwrap().svg.contains("recall, percent"));
}

#[cfg(feature = "png")]
#[test]
fn a_png_has_text_in_it() {
    let with = png(&points("F1", &rows()).unwrap()).unwrap();
    assert_eq!(&with[1..4], b"PNG");
    let mut nameless = rows();
    for row in &mut nameless {
        row.label.clear();
    }
    let without = png(&points("F1", &nameless).unwrap()).unwrap();
    assert!(
        with.len() > without.len() + 500,
        "{} {}",
        with.len(),
        without.len()
    );
}

#[test]
fn labels_of_any_kind_leave_a_picture() {
    let label = "a\u{7}b\u{0}c\u{ffff}\u{1b}[31m\u{202e}";
    let mut rows = rows();
    rows[0].label = label.into();
    let curve_of = CurvePlot {
        x: label.into(),
        figure: label.into(),
        series: vec![Series {
            label: label.into(),
            points: vec![
                Point::default(),
                Point {
                    x: 1.0,
                    ..Point::default()
                },
            ],
        }],
    };
    let pairs = PairedPlot {
        title: label.into(),
        ..PairedPlot::default()
    };
    let lines = SquarePlot {
        x: label.into(),
        y: label.into(),
        diagonal: true,
        lines: vec![Line {
            label: label.into(),
            points: vec![(0.5, 0.5)],
        }],
    };
    let plots = [
        points(label, &rows),
        curve(&curve_of),
        paired(&pairs),
        square(&lines),
    ];
    for plot in plots {
        let plot = plot.unwrap();
        #[cfg(feature = "png")]
        assert!(png(&plot).is_ok(), "{}", plot.svg);
        let harmless = |text: &str| !text.chars().any(|one| one.is_control() && one != '\n');
        assert!(harmless(&plot.svg) && harmless(&plot.description));
    }
}

#[test]
fn nothing_without_a_size_is_drawn() {
    let still = RowPoints {
        label: "bow".into(),
        values: vec![0.5, 0.5],
        center: 0.5,
        interval: Some((0.5, 0.5)),
    };
    let pairs = PairedPlot {
        differences: vec![0.0],
        interval: Some((0.0, 0.0)),
        ..PairedPlot::default()
    };
    let one = |label: &str| Line {
        label: label.into(),
        points: vec![(0.5, 0.5), (0.5, 0.5)],
    };
    let lines = SquarePlot {
        lines: vec![one("a"), one("b")],
        ..SquarePlot::default()
    };
    let plots = [points("F1", &[still]), paired(&pairs), square(&lines)];
    for plot in plots {
        let svg = plot.unwrap().svg;
        assert!(svg.lines().all(|line| !is_nothing(line)), "{svg}");
        assert!(
            svg.contains("<circle") && svg.trim_end().ends_with("</svg>"),
            "{svg}"
        );
    }
    assert!(is_nothing(
        "<polyline fill=\"none\" points=\"1,2 1,2 \"/>\n"
    ));
    assert!(is_nothing("<rect x=\"1\" width=\"0\" height=\"9\"/>"));
    assert!(!is_nothing("<polyline fill=\"none\" points=\"1,2 1,3 \"/>"));
}

#[test]
fn small_sizes_and_zero_stand_on_the_axis() {
    let plot = |sizes: &[f64]| CurvePlot {
        x: "c".into(),
        figure: "F1".into(),
        series: vec![Series {
            label: "bow".into(),
            points: (sizes.iter())
                .map(|&x| Point {
                    x,
                    y: 0.5,
                    ..Point::default()
                })
                .collect(),
        }],
    };
    let small = curve(&plot(&[0.0001, 0.0002, 0.0004])).unwrap().svg;
    assert!(small.contains(">\n0.0002\n<"), "{small}");
    let wide = curve(&plot(&[0.0002, 0.002, 0.02])).unwrap().svg;
    assert!(wide.contains(">\n0.001\n<"), "{wide}");
    let with_zero = curve(&plot(&[0.0, 0.05, 0.1])).unwrap().svg;
    assert!(
        with_zero.contains(">\n0\n<") && with_zero.contains(">\n0.1\n<"),
        "{with_zero}"
    );
    assert_eq!(with_zero.matches("<circle").count(), 3 + 1);
}
