// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.RefusedException;
import dev.holdfast.client.Session;
import dev.holdfast.client.WriteOptions;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A program that holds a lock, to be stopped from outside. Arguments: servers, lock, TTL in
 * milliseconds, object. It prints its token; for each line on its input it prints the state of its
 * hold, and then what became of a fenced write, which a careful program would not even try.
 */
final class PausedHolder {
  private PausedHolder() {}

  public static void main(String[] args) throws Exception {
    try (Holdfast holdfast = Holdfast.connect(args[0]);
        Session session = holdfast.session(Duration.ofMillis(Long.parseLong(args[2])));
        Hold hold = session.lock(args[1]).acquire();
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println(hold.token());
      while (lines.readLine() != null) {
        System.out.println(hold.isHeld() + " " + hold.state());
        System.out.println(write(holdfast, args[3], hold));
      }
    }
  }

  private static String write(Holdfast holdfast, String key, Hold hold) {
    try {
      holdfast
          .objects()
          .put(
              key,
              Long.toString(hold.token()).getBytes(StandardCharsets.UTF_8),
              WriteOptions.NONE.fence(hold.fence()));
      return "written";
    } catch (RefusedException e) {
      return e.status() + " " + e.code();
    }
  }
}
