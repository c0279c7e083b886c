// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A number in a file that refuses whoever comes with an older token than it has seen. It checks and
 * writes at once, but reading and writing are two steps of its user, as with any foreign resource.
 */
final class TokenCheckedFile {
  private final Path file;
  private final ReentrantLock guard = new ReentrantLock();
  private final List<Long> tokens = new ArrayList<>();
  private long newestToken;

  TokenCheckedFile(Path file) {
    this.file = file;
    store(0);
  }

  /** The number; from now on older tokens are refused. Empty when this one is old already. */
  OptionalLong read(long token) {
    guard.lock();
    try {
      if (token < newestToken) {
        return OptionalLong.empty();
      }
      newestToken = token;
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      guard.unlock();
    }
  }

  /** False when a newer token has been here. */
  boolean write(long token, long number) {
    guard.lock();
    try {
      if (token < newestToken) {
        return false;
      }
      store(number);
      tokens.add(token);
      return true;
    } finally {
      guard.unlock();
    }
  }

  /** Of all writes, in their order. */
  List<Long> tokens() {
    guard.lock();
    try {
      return List.copyOf(tokens);
    } finally {
      guard.unlock();
    }
  }

  private void store(long number) {
    try {
      Files.writeString(file, number + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
