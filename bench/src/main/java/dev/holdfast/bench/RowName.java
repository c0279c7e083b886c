// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.Locale;

/** The kinds of rows; their names in the table and on the command line are in lower case. */
enum RowName {
  COMMIT("256 bytes over one of 10,000 keys"),
  READ("one of 10,000 keys, linearizable"),
  COMMIT_1M("as commit, over 1,000,000 keys"),
  READ_1M("as read, over 1,000,000 keys"),
  LOCK_ALONE("acquire and release, one caller"),
  LOCK_SPREAD("acquire and release, each caller a lock of its own"),
  LOCK_HOT("acquire and release, all callers want one lock"),
  SESSIONS("10,000 idle sessions: CPU in percent of one core, memory, bytes written"),
  FAILOVER("from the leader's SIGKILL to the first acknowledged write; p99 is the longest"),
  FRAME_SIZE("bytes of all frames of one lock pair");

  final String doc;

  RowName(String doc) {
    this.doc = doc;
  }

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static RowName of(String text) {
    for (RowName name : values()) {
      if (name.text().equals(text)) {
        return name;
      }
    }
    throw new IllegalArgumentException("No row " + text + "; there are " + all());
  }

  static String all() {
    return String.join(", ", java.util.Arrays.stream(values()).map(RowName::text).toList());
  }
}
