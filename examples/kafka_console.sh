#!/bin/sh
# Publish events straight to Kafka with the console producer that comes with it.
#
#     EGARD_KAFKA=localhost:9092 PATH="$PATH:/opt/kafka/bin" sh kafka_console.sh
#
# kafka-console-producer.sh is one of the scripts in the bin folder of Apache Kafka, which must be on the PATH.
#
# Each line is headers, key and value, with a tab between them: the content type, the customer, the whole event.
set -eu

tab="$(printf '\t')"
send() { printf '%s\n' "content-type:application/cloudevents+json${tab}$1${tab}$2"; }

{
    send customer-17 '{"specversion":"1.0","id":"visit-4/greeted","source":"/store","type":"egard.recognition.greeted","subject":"customer-17","time":"2026-01-16T14:00:00+01:00","data":{"by_name":true}}'
    send customer-18 '{"specversion":"1.0","id":"visit-5/met","source":"/store","type":"egard.friction.met","subject":"customer-18","time":"2026-01-16T14:10:00+01:00","data":{"what":"wrong_hours","where":"the door"}}'
} | kafka-console-producer.sh \
    --bootstrap-server "${EGARD_KAFKA:-localhost:9092}" \
    --topic egard.interactions \
    --request-required-acks all \
    --reader-property parse.headers=true \
    --reader-property parse.key=true
