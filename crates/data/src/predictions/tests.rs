//! Files of predictions as other programs write them, right and wrong.

use super::*;

fn classes(names: &[&str]) -> Classes {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    Classes::new(names, None).unwrap()
}

/// What is read of a file about the texts `a`, `b, c`, `a` with the labels 1, 0, 1.
fn read(file: &str, names: &[&str]) -> Result<CheckedPredictions, DataError> {
    let texts = ["a", "b, c", "a"].map(str::to_owned);
    let known = KnownTexts {
        path: Path::new("test.csv"),
        column: "tweet",
        texts: &texts,
        labels: Some(("category", &[1, 0, 1])),
        trial: Some(1),
        sample: Some("abc"),
    };
    read_predictions(Path::new("p.csv"), file.as_bytes(), &classes(names), &known)
}

const HAM: [&str; 2] = ["ham", "spam"];
const ABC: [&str; 3] = ["a", "b", "c"];

fn values(file: &str, names: &[&str]) -> Vec<f64> {
    read(file, names).unwrap().probabilities.into_values()
}

/// Asserts what a user is told of a file.
#[track_caller]
fn is_told(file: &str, names: &[&str], message: &str, hint: &str) {
    assert_eq!(fault(file, names), format!("{message}\nhint: {hint}"));
}

/// The error as a user sees it.
fn fault(file: &str, names: &[&str]) -> String {
    let error = read(file, names).unwrap_err();
    format!("{error}\nhint: {}", error.hint().unwrap())
}

#[test]
fn two_classes_have_one_column_or_two() {
    let expected = [0.25, 0.5, 1.0];
    for (header, row) in [
        ("index,probability", "P"),
        ("index,prob_hatred", "P"),
        ("index,prob_spam", "P"),
        ("index,probability_ham", "Q"),
        ("index,probability_spam,probability_ham", "P,Q"),
        ("index,prob_ham,prob_spam", "Q,P"),
    ] {
        let mut file = format!("{header}\n");
        for (index, p) in expected.iter().enumerate() {
            let row = row.replace('P', &p.to_string());
            file += &format!("{index},{}\n", row.replace('Q', &(1.0 - p).to_string()));
        }
        assert_eq!(values(&file, &HAM), expected, "{header}");
        assert_eq!(
            values(&file.replace(',', ";"), &HAM),
            expected,
            "{header} with semicolons"
        );
    }
}

#[test]
fn several_classes_have_a_column_each_in_any_order() {
    let file = "index,probability_c,probability_a,predicted,probability_b\n\
                2,0.5,0.25,c,0.25\n0,0,1,a,0\n1,0.1,0.2,b,0.7\n";
    assert_eq!(
        values(file, &ABC),
        [1.0, 0.0, 0.0, 0.2, 0.7, 0.1, 0.25, 0.25, 0.5]
    );
}

#[test]
fn rounded_probabilities_are_divided_by_their_sum_and_exact_ones_are_kept() {
    let file = "index,prob_a,prob_b,prob_c\n0,0.333,0.333,0.333\n1,0.3333334,0.3333333,0.3333333\n2,1,0,0\n";
    let values = values(file, &ABC);
    for value in &values[..3] {
        assert!((value - 1.0 / 3.0).abs() < 1e-15);
    }
    assert_eq!(values[3..6], [0.333_333_4, 0.333_333_3, 0.333_333_3]);
    // Two decimals: 0.33 three times sums to 0.99, in floating point a little less.
    for rounded in ["0.33,0.33,0.33", "0.34,0.34,0.33"] {
        let file = format!("index,prob_a,prob_b,prob_c\n0,{rounded}\n1,1,0,0\n2,1,0,0\n");
        let sum: f64 = super::tests::values(&file, &ABC)[..3].iter().sum();
        assert!((sum - 1.0).abs() < 1e-15);
    }
}

#[test]
fn rows_are_found_by_index_by_text_or_by_both() {
    for (file, checked) in [
        ("index,probability\n2,0.3\n0,0.1\n1.0,0.2\n", &["index"][..]),
        (
            "tweet,probability\na,0.1\n\"b, c\",0.2\na,0.3\n",
            &["tweet"],
        ),
        ("text,probability\na,0.1\na,0.3\n\"b, c\",0.2\n", &["text"]),
        (
            "index,tweet,label,probability\n2,a,spam,0.3\n1,\"b, c\",ham,0.2\n0,a,spam,0.1\n",
            &["index", "tweet", "label"],
        ),
        (
            "category,index,probability\nspam,0,0.1\nham,1,0.2\nspam,2,0.3\n",
            &["index", "category"],
        ),
    ] {
        let read = read(file, &HAM).unwrap();
        assert_eq!(read.probabilities.values(), [0.1, 0.2, 0.3], "{file}");
        assert_eq!(read.checked, checked, "{file}");
    }
}

#[test]
fn wrong_columns_are_told_before_any_row() {
    is_told(
        "index,predicted\n0,ham\n",
        &HAM,
        "`p.csv`: no column of probabilities; the columns are `index`, `predicted`",
        "`predicted` alone has no probabilities; add `probability_ham`, `probability_spam`. Where only the class is known, write 1 for it and 0 for the others",
    );
    is_told(
        "index,p\n0,1\n",
        &ABC,
        "`p.csv`: no column of probabilities; the columns are `index`, `p`",
        "call them `probability_a`, `probability_b`, `probability_c`",
    );
    is_told(
        "index,prob_ham,prob_spamm\n0,1,0\n",
        &HAM,
        "`p.csv`: `prob_spamm` is of no class; the classes are `ham`, `spam`",
        "did you mean `prob_spam`?",
    );
    is_told(
        "index,prob_a,prob_b\n0,1,0\n",
        &ABC,
        "`p.csv`: no probabilities of `c`; the columns of probabilities are `prob_a`, `prob_b`",
        "add `probability_c`; a class that is never predicted has 0",
    );
    is_told(
        "index,probability,prob_spam\n0,1,0\n",
        &HAM,
        "`p.csv`: `probability` and `prob_spam` are both of class `spam`",
        "keep one of the two columns",
    );
    is_told(
        ",probability\n0,1\n",
        &HAM,
        "`p.csv`: no column `index` or `tweet` tells which text a row is about; the columns are ``, `probability`",
        "pandas gives the index a name with to_csv(…, index_label=\"index\")",
    );
}

#[test]
fn what_is_no_probability_is_named_with_its_line() {
    for (field, hint) in [
        ("87.5", "divide percentages by 100"),
        ("-0.1", "give probabilities, not logits: apply the softmax"),
        ("NaN", "give every text the probability of every class"),
        ("", "give every text the probability of every class"),
        ("\"0,5\"", "write numbers with a decimal point"),
    ] {
        assert_eq!(
            fault(&format!("index,probability\n0,0.5\n1,{field}\n2,0\n"), &HAM),
            format!(
                "`p.csv`, line 3: column `probability`: got `{}`, must be a number from 0 to 1\nhint: {hint}",
                field.trim_matches('"')
            )
        );
    }
    is_told(
        "index,prob_a,prob_b,prob_c\n0,0.5,0.5,0.5\n1,1,0,0\n2,1,0,0\n",
        &ABC,
        "`p.csv`, line 2: the probabilities sum to 1.5000, must be 1",
        "give every class its probability, after the softmax, and more digits if they were rounded",
    );
}

/// Two classes in the other order: the single column is not of the class that it is taken for.
#[test]
fn predicted_classes_must_go_with_most_of_the_probabilities() {
    let file = |predicted: [&str; 3]| {
        let [a, b, c] = predicted;
        format!("index,probability,predicted\n0,0.1,{a}\n1,0.2,{b}\n2,0.9,{c}\n")
    };
    is_told(
        &file(["spam", "spam", "ham"]),
        &HAM,
        "`p.csv`: column `predicted` has another class than `probability` in 3 of 3 rows",
        "`probability` is taken as the probability of `spam`, the second class; call it `probability_NAME` after the class that it is of",
    );
    // Another threshold than one half, and a column that is about something else.
    for predicted in [["ham", "spam", "spam"], ["yes", "no", "no"]] {
        assert_eq!(values(&file(predicted), &HAM), [0.1, 0.2, 0.9]);
    }
}

#[test]
fn classes_in_headers_are_read_as_labels_are() {
    let file = "index, prob_1.0 ,prob_2\n0,0.25,0.75\n1,1,0\n2,0,1\n";
    assert_eq!(values(file, &["1", "2"]), [0.75, 0.0, 1.0]);
}

#[test]
fn every_text_has_exactly_one_row() {
    is_told(
        "index,probability\n1,0\n2,0\n3,0\n",
        &HAM,
        "`p.csv`, line 4: column `index`: got `3`, must be a whole number from 0 to 2",
        "`index` is the row of `test.csv` without its header, from 0",
    );
    is_told(
        "index,probability\n0,0\n1,0\n0,0\n",
        &HAM,
        "`p.csv`, line 4: text 0 of `test.csv` again, after line 2",
        "give every text one row",
    );
    is_told(
        "trial,index,probability\n1,0,0\n1,0,0\n",
        &HAM,
        "`p.csv`, line 3: text 0 of `test.csv` again, after line 2",
        "a file has one trial of one row; write each trial into a file of its own and put `{trial}` into `file`",
    );
    is_told(
        "index,probability\n2,0\n",
        &HAM,
        "`p.csv`: no row for 2 of the 3 texts of `test.csv`, the first of them text 0, `a`",
        "give every text its row; was another test set, or a part of it, predicted?",
    );
    is_told(
        "text,probability\na,0\na,0\na,0\n",
        &HAM,
        "`p.csv`, line 4: column `text`: `a` again, which `test.csv` has 2 times",
        "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out",
    );
}

#[test]
fn a_file_of_another_trial_is_refused() {
    let file = "trial,index,probability\n1,0,0\n1,1,0\n1.0,2,0\n";
    assert_eq!(values(file, &HAM), [0.0, 0.0, 0.0]);
    is_told(
        &file.replace("1,1,0", "0,1,0"),
        &HAM,
        "`p.csv`, line 3: column `trial`: got `0`, but the file is that of trial 1",
        "trials are numbered from 0, in files' names and as `fsl-exp export` writes them",
    );
    is_told(
        "text,probability\n\"b, c\",0\n\"b, c\",0\n",
        &HAM,
        "`p.csv`, line 3: column `text`: `b, c` again, which `test.csv` has once",
        "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out",
    );
}

#[test]
fn a_file_of_another_sample_is_refused() {
    let file = "index,probability,train_rows_sha256\n0,0,abc\n1,0,abc\n2,0,abc\n";
    let read = read(file, &HAM).unwrap();
    assert_eq!(read.checked, ["train_rows_sha256", "index"]);
    is_told(
        &file.replace("1,0,abc", "1,0,abd"),
        &HAM,
        "`p.csv`, line 3: column `train_rows_sha256`: got `abd`, but this trial's sample has `abc`",
        "the file is of another sample; train again on what `fsl-exp export --samples` says now",
    );
}

#[test]
fn another_test_set_is_seen_by_its_texts_and_labels() {
    is_told(
        "text,probability\nb,0\n",
        &HAM,
        "`p.csv`, line 2: column `text`: `b` is no text of `test.csv`",
        "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out",
    );
    is_told(
        "index,text,probability\n0,a,0\n1,b,0\n2,a,0\n",
        &HAM,
        "`p.csv`, line 3: column `text`: got `b`, but text 1 of `test.csv` is `b, c`",
        "texts must be as in that file, to the character; was another test set predicted? With a column `index`, that of texts may be left out",
    );
    is_told(
        "index,label,probability\n0,spam,0\n1,spam,0\n2,spam,0\n",
        &HAM,
        "`p.csv`, line 3: column `label`: got `spam`, but the label in `test.csv` is `ham`",
        "was another test set predicted? `label` has the true labels; leave it out, or call predicted ones `predicted`",
    );
}
