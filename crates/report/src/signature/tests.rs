//! Signatures read back as they were written.

use super::*;

fn signature(kind: SignatureKind, n: usize, ddof: u8) -> Signature {
    Signature {
        n,
        kind,
        ddof,
        rounded: false,
        varied: ["init", "order"].map(String::from).into(),
        test: ("metoo-halves".to_owned(), "0123456789".to_owned()),
        precision: "f32".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

fn over(center: Center) -> SignatureKind {
    SignatureKind::Over(center)
}

#[test]
fn signatures_read_back() {
    let mut all = vec![
        signature(over(Center::Mean), 15, 1),
        signature(over(Center::Median), 15, 0),
        signature(over(Center::Mean), 2, 1),
        signature(SignatureKind::Single, 1, 1),
        signature(SignatureKind::Members, 7, 1),
        // A mean of which one member is stored, or that has only one.
        signature(SignatureKind::Members, 1, 1),
    ];
    all[0].rounded = true;
    all[1].varied = ["sample", "init", "order", "dropout"]
        .map(String::from)
        .into();
    all[1].precision = "bf16+f32+int8".to_owned();
    all[1].version = env!("CARGO_PKG_VERSION").to_owned();
    all[2].test.0 = "test.csv".to_owned();
    all[3].varied.clear();
    all[3].precision = "none".to_owned();
    all[5].varied.clear();
    for one in all {
        assert_eq!(one.to_string().parse(), Ok(one));
    }
}

#[test]
fn a_signature_is_one_line() {
    let mut signature = signature(over(Center::Mean), 15, 1);
    insta::assert_snapshot!(signature, @"f1|n:15|mean|sd:ddof1|ci:t95|thr:0.5|vary:init+order|test:metoo-halves@0123456789|prec:f32|v:0.1.0");
    signature.test.0 = "my data|set@1\n".to_owned();
    let text = signature.to_string();
    assert!(text.contains("|test:my_data_set_1_@0123456789|"), "{text}");
    assert!(text.parse::<Signature>().is_ok());
}

#[test]
fn crossed_streams_have_their_levels() {
    let mut signature = signature(over(Center::Mean), 25, 1);
    signature.varied = ["sample(5)", "init(5)", "order"].map(String::from).into();
    let text = signature.to_string();
    assert!(
        text.contains("|vary:sample(5)+init(5)+order|test:"),
        "{text}"
    );
    let said = signature.explain();
    assert_eq!(text.parse(), Ok(signature));
    assert!(
        said.contains("sample (crossed, 5 levels), init (crossed, 5 levels), order\n"),
        "{said}"
    );
    for wrong in [
        "sample(1)",
        "sample(05)",
        "sample()",
        "sample(5",
        "shuffle(5)",
    ] {
        let spoilt = text.replace("sample(5)", wrong);
        assert!(spoilt.parse::<Signature>().is_err(), "{wrong}");
    }
}

#[test]
fn every_part_is_explained() {
    insta::assert_snapshot!(signature(over(Center::Median), 15, 0).explain());
    insta::assert_snapshot!(signature(SignatureKind::Members, 15, 1).explain());
}

#[test]
fn what_is_no_signature_is_refused() {
    let good = signature(over(Center::Mean), 15, 1).to_string();
    let error = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replace(from, to)
            .parse::<Signature>()
            .unwrap_err()
            .to_string()
    };
    let said = [
        error("f1|", "bleu|"),
        error("n:15", "n:many"),
        error("|n:15", ""),
        error("|mean", ""),
        error("sd:ddof1", "sd:ddof7"),
        error("sd:ddof1", "sd:members"),
        error("ci:t95", "ci:t90"),
        error("thr:0.5", "thr:0.7"),
        error("@0123456789", ""),
        error("@0123456789", "@xyz"),
        error("|v:0.1.0", "|v:0.1.0|v:0.2.0"),
        error("|v:0.1.0", "|v:0.1.0|seed:7"),
        error("|v:0.1.0", "|v:"),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert!("".parse::<Signature>().is_err());
}

#[test]
fn contradictions_are_refused() {
    let refused = |kind, n, from: &str, to: &str| {
        let mut signature = signature(kind, n, 1);
        if n == 1 {
            signature.varied.clear();
        }
        let good = signature.to_string();
        assert!(good.parse::<Signature>().is_ok() && good.contains(from));
        let wrong = good.replacen(from, to, 1);
        let read = wrong.parse::<Signature>();
        let told = read.as_ref().is_err_and(|error| {
            let error = error.to_string();
            to.split('|').any(|part| error.contains(part))
        });
        assert!(told, "{wrong}: {read:?}");
    };
    let mean = over(Center::Mean);
    refused(SignatureKind::Single, 1, "n:1", "n:7");
    refused(SignatureKind::Single, 1, "vary:none", "vary:init");
    refused(SignatureKind::Members, 7, "n:7", "n:0");
    for n in ["n:0", "n:1", "n:+15", "n:015"] {
        refused(mean, 15, "n:15", n);
    }
    refused(mean, 15, "|mean|", "|mean|mean|");
    for streams in ["banana", "init+banana", "init+init", "init+", "none+init"] {
        refused(mean, 15, "vary:init+order", &format!("vary:{streams}"));
    }
    for precision in ["banana", "f32+f32", "none+f32", "f32+"] {
        refused(mean, 15, "prec:f32", &format!("prec:{precision}"));
    }
    for test in ["@0123456789", "a b@0123456789", "x@012345678g", "x@0123"] {
        refused(mean, 15, "metoo-halves@0123456789", test);
    }
    for version in ["v:zz", "v:1", "v:1.2", "v:1.2.", "v:1.2.3.4", "v:1.2.x"] {
        refused(mean, 15, "v:0.1.0", version);
    }
}
