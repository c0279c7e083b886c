// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.terminal;

import java.util.Locale;

/** Bytes for people: {@code 1.4 MiB}. */
public final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  public static String text(long bytes) {
    if (bytes < 0) {
      return "-"; // Not known yet.
    }
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / Math.pow(1024, unit);
    return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
  }
}
