// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import java.util.Locale;

/**
 * One line of the table.
 *
 * @param name dotted, as nested in the file; a name that ends in {@code .*} stands for all keys
 *     below
 * @param fallback in the same text form as a value; empty when there is none
 * @param doc one sentence, for the reference
 */
record ConfigKey(String name, Kind kind, String fallback, String doc) {

  /** What a value looks like, for the reference and for error messages. */
  enum Kind {
    TEXT("text"),
    ID("1 to 64 of a-z, 0-9 and -"),
    PATH("path"),
    DURATION("duration: 250ms, 5s, 2m, 1h"),
    SIZE("size: 64KiB, 1MiB, 20GiB; or B"),
    COUNT("whole number"),
    ADDRESS("HOST:PORT"),
    ADDRESSES("list of HOST:PORT"),
    NAMES("list of names"),
    FOUNDERS("list of ID=HOST:PORT"),
    LABELS("map, or k=v,k=v"),
    CIDR("address/bits, e.g. 10.0.0.0/8"),
    ANY("any; passed through");

    final String form;

    Kind(String form) {
      this.form = form;
    }
  }

  boolean isPassedThrough() {
    return name.endsWith(".*");
  }

  boolean covers(String other) {
    return isPassedThrough()
        ? other.startsWith(name.substring(0, name.length() - 1))
        : name.equals(other);
  }

  /** {@code node.api} is {@code HOLDFAST_NODE_API}. */
  String variable() {
    return "HOLDFAST_" + name.toUpperCase(Locale.ROOT).replace('.', '_');
  }
}
