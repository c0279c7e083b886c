// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The arguments as they were given. Java decodes them before any code runs, and puts U+FFFD for
 * what it cannot read; two keys would become one. So such a command line is refused.
 *
 * @param words of the whole command line; empty where the system does not tell them
 */
record CommandLineBytes(List<ByteBuffer> words) {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final char REPLACEMENT = '\ufffd';

  CommandLineBytes {
    words = List.copyOf(words);
  }

  static CommandLineBytes ofThisProcess() {
    try {
      return parse(Files.readAllBytes(COMMAND_LINE));
    } catch (IOException e) {
      return new CommandLineBytes(List.of()); // Not Linux: what Java made of them has to do.
    }
  }

  /**
   * @param line each word ends with a zero byte
   */
  static CommandLineBytes parse(byte[] line) {
    List<ByteBuffer> words = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < line.length; i++) {
      if (line[i] == 0) {
        words.add(ByteBuffer.wrap(Arrays.copyOfRange(line, start, i)));
        start = i + 1;
      }
    }
    return new CommandLineBytes(words);
  }

  /**
   * Why the arguments cannot be trusted; empty when they are what was given.
   *
   * @param encoding that Java decoded them by
   */
  Optional<String> fault(String[] arguments, @Nullable String encoding) {
    boolean utf8 = encoding == null || encoding.equalsIgnoreCase("UTF-8");
    for (int i = 0; i < arguments.length; i++) {
      if (!utf8 && !isAscii(arguments[i])) {
        return Optional.of(
            "this system has no locale C.UTF-8, so argument %d cannot be read (%s); install one, or use ASCII"
                .formatted(i + 1, encoding));
      }
      if (arguments[i].indexOf(REPLACEMENT) >= 0 && !isUtf8(i, arguments.length)) {
        return Optional.of(
            "argument %d, '%s', is not valid UTF-8; names and values are UTF-8 (iconv -f LATIN1 -t UTF-8 converts)"
                .formatted(i + 1, arguments[i]));
      }
    }
    return Optional.empty();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  /** The arguments are the last words. */
  private boolean isUtf8(int argument, int count) {
    int word = words.size() - count + argument;
    if (word < 0) {
      return false;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(words.get(word).duplicate());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
