// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Short commands of the system. */
final class Shell {
  private static final long SECONDS_MAX = 30;

  private Shell() {}

  record Result(int code, String output) {}

  static Result run(String input, List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var out = process.getOutputStream()) {
        out.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Result(-1, command + " did not end");
      }
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      return new Result(-1, command + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(-1, command + " was interrupted");
    }
  }

  /**
   * @throws IllegalStateException with what the command said, when it fails
   */
  static String must(String words) {
    return must("", words);
  }

  static String must(String input, String words) {
    List<String> command = Arrays.asList(words.split(" ", -1));
    Result result = run(input, command);
    if (result.code != 0) {
      throw new IllegalStateException(words + " failed: " + result.output);
    }
    return result.output;
  }

  static boolean has(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
