// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Dates of HTTP (RFC 9110 §5.6.7): one form is written, three are read. */
public final class HttpDate {
  private static final DateTimeFormatter IMF =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);
  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss uuuu", Locale.US);

  private HttpDate() {}

  /** Whole seconds; what is left is cut off. */
  public static String format(Instant time) {
    return IMF.format(time.atOffset(ZoneOffset.UTC));
  }

  /**
   * @param now tells the century of a year of two digits: at most 50 years ahead
   * @return empty for what is no date; a recipient ignores the header then
   */
  public static Optional<Instant> parse(String text, Instant now) {
    String plain = text.replaceAll(" +", " "); // Of asctime, which fills days with spaces.
    for (DateTimeFormatter form : List.of(IMF, rfc850(now), ASCTIME)) {
      try {
        return Optional.of(LocalDateTime.parse(plain, form).toInstant(ZoneOffset.UTC));
      } catch (DateTimeException e) {
        // Another form may fit.
      }
    }
    return Optional.empty();
  }

  private static DateTimeFormatter rfc850(Instant now) {
    int oldestYear = now.atOffset(ZoneOffset.UTC).getYear() - 49;
    return new DateTimeFormatterBuilder()
        .appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(ChronoField.YEAR, 2, 2, oldestYear)
        .appendPattern(" HH:mm:ss 'GMT'")
        .toFormatter(Locale.US);
  }
}
