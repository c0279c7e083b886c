// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;

/**
 * A file of this machine that cannot be read or written as asked. No server has to do with it: it
 * is never repeated at another one, and in a folder it ends the work for its entry alone.
 */
final class FileFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The next file would end the same way. */
  private static final List<String> END_OF_ALL =
      List.of("no space left on device", "disk quota exceeded", "read-only file system");

  FileFault(String reason) {
    super(reason);
  }

  FileFault(IOException cause) {
    super(reason(cause), cause);
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  /** Without the path, which the message around it has. */
  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "it is not there any more";
    }
    if (e instanceof FileSystemLoopException) {
      return "it leads back to a folder above it";
    }
    if (e instanceof FileSystemException file && file.getReason() != null) {
      return lowerFirst(file.getReason());
    }
    return e.getMessage() == null ? e.toString() : lowerFirst(e.getMessage());
  }

  /** Whether the file system takes nothing at all, so that the rest need not be tried. */
  static boolean endsAll(IOException e) {
    return END_OF_ALL.contains(reason(e).toLowerCase(Locale.ROOT));
  }

  private static String lowerFirst(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
