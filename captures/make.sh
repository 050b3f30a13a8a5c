#!/bin/sh
# Makes the captures of this folder again, byte for byte; into another folder if one is named.
# SCENARIO names a built `scenario` (package tests/scenario); without it, cargo runs it.
set -eu
cd "$(dirname "$0")"
into=${1:-.}
mkdir -p "$into/functions"

make() {
    capture=$1
    shift
    ${SCENARIO:-cargo run -q -p rcshark-scenario --bin scenario --} "$@" --no-truth -o "$into/$capture"
}

make adhoc-msrp.pcap         short --info msrp --seed 101
make adhoc-notify.pcapng     answers --info notify --seed 102
make adhoc-mixed.pcapng      closed --info mixed --sip tcp --seed 103
make b2bua.pcapng.gz         short --info msrp --topology b2bua --seed 104
make restart.pcap            restart --info msrp --style compact --link sll2 --seed 105
make extended.pcapng         extend --info msrp --style folded --seed 106
make predefined.pcap.gz      predefined --info msrp --ipv6 --link vlan --seed 107
make two-groups.pcap         short --groups 2 --info msrp --segments together --seed 108
make damaged.pcap            short --info msrp --seed 109 --impair retransmit=0.1,reorder=0.1,duplicate=0.1,loss=0.06
make violations.pcapng.gz    cinfo-state-attr,cinfo-user-count-wrong,relay-missing-one,bye-leave-no-reason,rejoin-ruri-not-focus --seed 110
make functions/deferred.pcapng asleep --info notify --topology b2bua --seed 111
make functions/devices.pcap    devices --info msrp --topology b2bua --seed 112
