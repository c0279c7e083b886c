// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.spi.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The answers of a key's last writes that carried a request id. It travels with the head, so it is
 * committed with the write itself: whichever node a repeat comes to, it gets the first answer.
 *
 * <p>What was forgotten must not be taken for what never was (R12). So a request names the newest
 * revision that its client had seen before it was first sent: its own commit is above that. When
 * nothing above that revision was forgotten, an id that is not here was never committed.
 *
 * @param answers the oldest first
 * @param forgottenUpTo each answer that was forgotten was committed at or below this revision
 */
public record WriteMemory(List<Answer> answers, long forgottenUpTo) {
  /** As many writers of one key may be ahead of a repeat; each costs the head some 60 bytes. */
  public static final int ANSWERS_MAX = 64;

  public static final int REQUEST_CHARS_MAX = 64;

  public static final WriteMemory NONE = new WriteMemory(List.of(), 0);

  public WriteMemory {
    answers = List.copyOf(answers);
    if (answers.size() > ANSWERS_MAX) {
      throw new IllegalArgumentException("at most " + ANSWERS_MAX + " answers are kept");
    }
  }

  /**
   * What a write was answered.
   *
   * @param request its id
   * @param before the revision of the head that it replaced, 0 when there was none
   * @param version that it made, or found there with the same bytes
   * @param created there was no object before
   */
  public record Answer(
      String request, long before, VersionId version, boolean created, int wanted, int written) {
    public Answer {
      if (request.isEmpty() || request.length() > REQUEST_CHARS_MAX) {
        throw new IllegalArgumentException("a request id has 1 to 64 characters");
      }
    }
  }

  public Optional<Answer> of(String request) {
    return answers.stream().filter(answer -> answer.request().equals(request)).findFirst();
  }

  /** Whether a write with this id may have been committed and forgotten. */
  public boolean mayHaveForgotten(long seen) {
    return seen < forgottenUpTo;
  }

  /** With one more, and without the oldest when there are too many. */
  public WriteMemory with(Answer answer) {
    List<Answer> more = new ArrayList<>(answers);
    more.add(answer);
    long forgotten = forgottenUpTo;
    while (more.size() > ANSWERS_MAX) {
      more.remove(0);
      // The next one was committed on top of it, or later.
      forgotten = Math.max(forgotten, more.get(0).before());
    }
    return new WriteMemory(more, forgotten);
  }

  void write(ByteWriter out) {
    out.number(forgottenUpTo).number(answers.size());
    for (Answer answer : answers) {
      out.text(answer.request()).number(answer.before()).raw(answer.version().bytes());
      out.bool(answer.created()).number(answer.wanted()).number(answer.written());
    }
  }

  static WriteMemory read(ByteReader in) {
    long forgotten = in.number();
    int count = in.number(0, ANSWERS_MAX);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(
          new Answer(
              in.text(),
              in.number(),
              VersionId.of(Bytes.wrap(in.raw(Sha256.LENGTH_BYTES))),
              in.bool(),
              in.number(1, Integer.MAX_VALUE),
              in.number(0, Integer.MAX_VALUE)));
    }
    return new WriteMemory(answers, forgotten);
  }
}
