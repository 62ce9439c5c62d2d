//! The pickle reader against pickles that want something else.

use crate::pickle_types::Fault;
use crate::unpickle::unpickle;

fn fault(pickle: &[u8]) -> Fault {
    let read = unpickle(pickle).and_then(|(pickle, _)| pickle.state_dict());
    read.unwrap_err()
}

#[test]
fn whatever_builds_no_tensor_is_refused_by_name() {
    let refused = |what: &str| Fault::Unsafe(what.to_owned());
    assert_eq!(
        fault(b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R."),
        refused("the global `os.system`")
    );
    assert_eq!(
        fault(b"\x80\x02cbuiltins\neval\n."),
        refused("the global `builtins.eval`")
    );
    assert_eq!(
        fault(b"\x80\x02ctorch\nload\n."),
        refused("the global `torch.load`")
    );
    assert_eq!(fault(b"\x80\x04\x95."), refused("pickle protocol 4"));
    assert_eq!(fault(b"(S'id'\nios\nsystem\n."), refused("opcode 0x53"));
    assert_eq!(
        fault(b"\x80\x02ctorch\nFloatStorage\n)R."),
        refused("a call that builds no tensor")
    );
    assert_eq!(
        fault(b"\x80\x02]}b."),
        refused("attributes of something other than a dictionary")
    );
}

#[test]
fn nonsense_is_an_error_and_never_a_panic() {
    for pickle in [
        &b""[..],
        b"\x80\x02",
        b".",
        b"\x80\x02N.",
        b"t.",
        b"\x87.",
        b"h\x01.",
        b"X\xff\xff\xff\xffabc",
        b"K\x01Q.",
        b"\x8a\x09123456789.",
        b"}K\x01a.",
        b"(K\x01u.",
        b"cos",
    ] {
        assert!(matches!(fault(pickle), Fault::Damaged(_)), "{pickle:?}");
    }
    // A million nested tuples: nothing recurses, not even dropping them.
    let nested = [&b"\x80\x02N"[..], &vec![0x85; 1_000_000], b"."].concat();
    assert!(matches!(fault(&nested), Fault::Damaged(_)));
}
