// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.codec;

import dev.holdfast.core.transition.UnreadableEntryException;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ByteWriter} wrote. Trusts nothing. For one thread. */
public final class ByteReader {
  private final String what;
  private final ByteBuffer buffer;

  private ByteReader(String what, Bytes value) {
    this.what = what;
    this.buffer = value.asBuffer();
  }

  /**
   * Decodes a whole value.
   *
   * @param what begins the sentence of the error, such as "A lock"
   * @param format the only first byte that is understood
   * @param body may throw {@link IllegalArgumentException}, as records do that check their parts
   * @throws UnreadableEntryException on another format, damage, or bytes left over
   */
  public static <T> T decode(String what, int format, Bytes value, Function<ByteReader, T> body) {
    ByteReader reader = new ByteReader(what, value);
    int found = reader.octet();
    if (found != format) {
      throw reader.unreadable("format " + found + ", this version knows " + format, null);
    }
    T decoded;
    try {
      decoded = body.apply(reader);
    } catch (IllegalArgumentException e) {
      throw reader.unreadable(String.valueOf(e.getMessage()), e);
    }
    if (reader.buffer.hasRemaining()) {
      throw reader.unreadable(reader.buffer.remaining() + " bytes are left over", null);
    }
    return decoded;
  }

  public int octet() {
    need(1);
    return buffer.get() & 0xff;
  }

  public boolean bool() {
    int octet = octet();
    if (octet > 1) {
      throw unreadable("a boolean of " + octet, null);
    }
    return octet == 1;
  }

  /** Not negative. */
  public long number() {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int next = octet();
      value |= (long) (next & 0x7f) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw unreadable("a number of more than 63 bits", null);
  }

  /**
   * @param minimum inclusive
   * @param maximum inclusive
   */
  public int number(int minimum, int maximum) {
    long value = number();
    if (value < minimum || value > maximum) {
      throw unreadable(value + " where " + minimum + " to " + maximum + " is allowed", null);
    }
    return (int) value;
  }

  /** How many elements follow: each takes a byte at least, so no more than bytes are left. */
  public int count() {
    return number(0, buffer.remaining());
  }

  /** {@link #count()}, and at most so many. */
  public int count(int maximum) {
    int count = number(0, maximum);
    need(count);
    return count;
  }

  public byte[] raw(int length) {
    need(length);
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  public byte[] bytes() {
    return raw(number(0, buffer.remaining()));
  }

  public String text() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes())).toString();
    } catch (CharacterCodingException e) {
      throw unreadable("a text that is not UTF-8", e);
    }
  }

  public List<String> texts() {
    int count = count();
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      texts.add(text());
    }
    return texts;
  }

  public SortedMap<String, String> textMap() {
    int count = count();
    SortedMap<String, String> texts = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      if (texts.put(text(), text()) != null) {
        throw unreadable("a name that stands twice", null);
      }
    }
    return texts;
  }

  private void need(int bytes) {
    if (buffer.remaining() < bytes) {
      throw unreadable("it ends too early", null);
    }
  }

  private UnreadableEntryException unreadable(String problem, @Nullable Throwable cause) {
    return new UnreadableEntryException(what + " is unreadable: " + problem, cause);
  }
}
