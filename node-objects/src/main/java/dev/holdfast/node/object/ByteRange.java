// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A single byte range (RFC 9110, 14.1.2).
 *
 * @param first offset of its first byte
 * @param length at least 1
 */
record ByteRange(long first, long length) {
  private static final Pattern SPEC = Pattern.compile("(?i:bytes)=[ \\t,]*(\\d*)-(\\d*)[ \\t,]*");

  /** What a Range header asks for. */
  sealed interface Asked {
    /** No header, another unit, several ranges, or garbage: a server answers with everything. */
    record Everything() implements Asked {}

    record Part(ByteRange range) implements Asked {}

    /** The range begins behind the end. */
    record Unsatisfiable() implements Asked {}
  }

  static Asked parse(Optional<String> header, long sizeBytes) {
    Matcher spec = SPEC.matcher(header.orElse(""));
    if (!spec.matches()) {
      return new Asked.Everything();
    }
    String from = spec.group(1);
    String to = spec.group(2);
    if (from.isEmpty()) {
      return to.isEmpty() ? new Asked.Everything() : suffix(number(to), sizeBytes);
    }
    long first = number(from);
    long last = to.isEmpty() ? Long.MAX_VALUE : number(to);
    if (last < first) {
      return new Asked.Everything();
    }
    if (first >= sizeBytes) {
      return new Asked.Unsatisfiable();
    }
    return part(first, Math.min(last, sizeBytes - 1));
  }

  private static Asked suffix(long length, long sizeBytes) {
    if (length == 0) {
      return new Asked.Unsatisfiable();
    }
    if (sizeBytes == 0) {
      return new Asked.Everything(); // Satisfied by nothing, which no Content-Range can say.
    }
    return part(Math.max(0, sizeBytes - length), sizeBytes - 1);
  }

  private static Asked part(long first, long last) {
    return new Asked.Part(new ByteRange(first, last - first + 1));
  }

  /** Any number of digits: what is too large is as good as the largest. */
  private static long number(String digits) {
    String significant = digits.replaceFirst("^0+(?=.)", "");
    return significant.length() > 18 ? Long.MAX_VALUE : Long.parseLong(significant);
  }

  String contentRange(long sizeBytes) {
    return "bytes %d-%d/%d".formatted(first, first + length - 1, sizeBytes);
  }
}
