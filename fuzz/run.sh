#!/bin/sh
# Builds one fuzz target and runs it: fuzz/run.sh TARGET [SECONDS] [further libFuzzer options]
set -eu
cd "$(dirname "$0")"
target=${1:?"usage: $0 TARGET [SECONDS] [libFuzzer options]; targets: $(ls fuzz_targets | sed 's/\.rs$//' | grep -v framing | tr '\n' ' ')"}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
host=x86_64-unknown-linux-gnu

# Coverage for libFuzzer without a nightly compiler. With --target the flags are not for build scripts.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo build --release --locked --target $host --bin "$target"

# Seeds: examples of the kind that RFC 3261, 4975 and 3862 give, in CRLF lines.
crlf() { sed 's/$/\r/'; }
sip() {
    crlf <<'END'
INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/TCP pc33.example.com;branch=z9hG4bK776asdhds
Max-Forwards: 70
To: Bob <sip:bob@example.com>
From: Alice <sip:alice@example.com>;tag=1928301774
Call-ID: a84b4c76e66710@pc33.example.com
CSeq: 314159 INVITE
Contact: <sip:alice@pc33.example.com>;isfocus
Contribution-ID: abcdef-1234
Content-Type: application/sdp
Content-Length: 145

v=0
o=alice 2890844526 2890844526 IN IP4 192.0.2.1
s=-
c=IN IP4 192.0.2.1
t=0 0
m=message 2855 TCP/MSRP *
a=path:msrp://192.0.2.1:2855/s1;tcp
SIP/2.0 200 OK
v: SIP/2.0/TCP pc33.example.com;branch=z9hG4bK776asdhds
t: Bob <sip:bob@example.com>;tag=a6c85cf
f: Alice <sip:alice@example.com>;tag=1928301774
i: a84b4c76e66710@pc33.example.com
CSeq: 314159 INVITE
l: 0

END
}
msrp() {
    crlf <<'END'
MSRP a786hjs2 SEND
To-Path: msrp://192.0.2.2:2855/s2;tcp
From-Path: msrp://192.0.2.1:2855/s1;tcp
Message-ID: 87652491
Byte-Range: 1-25/*
Content-Type: text/plain

Hey Bob, are you there?
-------a786hjs2+
MSRP a786hjs2 200 OK
To-Path: msrp://192.0.2.1:2855/s1;tcp
From-Path: msrp://192.0.2.2:2855/s2;tcp
-------a786hjs2$
MSRP d93kswow REPORT
To-Path: msrp://192.0.2.1:2855/s1;tcp
From-Path: msrp://192.0.2.2:2855/s2;tcp
Message-ID: 87652491
Byte-Range: 1-39/39
Status: 000 200 OK
-------d93kswow$
END
}
mkdir -p artifacts
cpim() {
    cat <<'END'
From: MR SANDERS <im:piglet@100akerwood.com>
To: Depressed Donkey <im:eeyore@100akerwood.com>
DateTime: 2000-12-13T13:40:00-08:00
Subject: the weather will be fine today
Subject:;lang=fr beau temps prevu pour aujourd'hui
NS: imdn <urn:ietf:params:imdn>
imdn.Message-ID: 34jk324j
imdn.Disposition-Notification: positive-delivery, display
NS: MyFeatures <mid:MessageFeatures@id.foo.com>
Require: MyFeatures.VitalMessageOption
MyFeatures.VitalMessageOption: Confirmation-requested

Content-Type: text/plain; charset=utf-8
Content-ID: <1234567890@foo.com>

Here is the text of my message.
END
}
conference_info() {
    cat <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:g@example.com" state="partial" version="2">
  <conference-description><subject>Hello</subject><maximum-user-count>50</maximum-user-count></conference-description>
  <conference-state><user-count>2</user-count><active>true</active></conference-state>
  <users state="partial">
    <user entity="sip:bob@example.com" state="full">
      <display-text>Bob &amp; co</display-text>
      <roles><entry>participant</entry></roles>
      <endpoint entity="sip:bob@pc33.example.com">
        <status>disconnected</status><disconnection-method>booted</disconnection-method>
        <disconnection-info><when>2026-03-04T20:00:00Z</when><reason>SIP;cause=200</reason></disconnection-info>
      </endpoint>
    </user>
    <user entity="sip:alice@example.com" state="deleted"/>
  </users>
</conference-info>
END
}
corpus=corpus/$target
if [ ! -d "$corpus" ]; then
    mkdir -p "$corpus"
    case $target in
    sip) { printf '\003'; sip; } >"$corpus/call" ;;
    msrp) { printf '\003'; msrp; } >"$corpus/chunks" ;;
    frames)
        { printf '\001\000'; sip | head -c 400; printf '\360\361\013\000'; sip; } >"$corpus/datagrams"
        { printf '\002\000'; sip | head -c 300; printf '\360\361\002\000'; sip | tail -c +301; } >"$corpus/sip-stream"
        { printf '\007\002\360\361\016\002\360\361\006\000'; msrp | head -c 150; printf '\360\361\006\000'; msrp | tail -c +151; } >"$corpus/msrp-stream"
        ;;
    capture_file)
        printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000\145\000\000\000\000\000\000\000\000\000\000\000\004\000\000\000\004\000\000\000E\000\000\024' >"$corpus/pcap"
        printf '\n\r\r\n\034\000\000\000\115\074\053\032\001\000\000\000\377\377\377\377\377\377\377\377\034\000\000\000\001\000\000\000\024\000\000\000\001\000\000\000\000\000\004\000\024\000\000\000\006\000\000\000\044\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\004\000\000\000\004\000\000\000E\000\000\024\044\000\000\000' >"$corpus/pcapng"
        gzip -nc "$corpus/pcap" >"$corpus/pcap.gz"
        ;;
    cpim)
        { printf 'Content-Type: message/cpim\n\n' && cpim; } | crlf >"$corpus/wrapped"
        cpim | crlf >"$corpus/plain"
        ;;
    conference_info)
        conference_info >"$corpus/partial"
        conference_info | tr -d '\n' | sed 's/"partial"/"full"/' >"$corpus/full"
        ;;
    filter)
        printf 'sip.method == INVITE && from matches "alice"' >"$corpus/and"
        printf '!(ip.addr in {192.0.2.1, 192.0.2.0/24}) or sip.header.Expires > 60' >"$corpus/or"
        ;;
    esac
fi

# One thread: the order of allocations and so the coverage is the same each time.
RAYON_NUM_THREADS=1 "target/$host/release/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=5 \
    -max_len=8192 -dict=wire.dict -print_final_stats=1 -artifact_prefix="artifacts/$target-" "$@" "$corpus"
