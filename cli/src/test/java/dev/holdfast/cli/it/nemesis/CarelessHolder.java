// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.HoldfastException;
import dev.holdfast.client.Session;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * A program that counts under a lock once, and is stopped (by itself) where it hurts most: between
 * reading the number and writing the next. It looks at its hold only before. Arguments: servers,
 * lock, TTL in milliseconds, address of the counter. It prints {@code stopping} and then what its
 * write was answered.
 */
final class CarelessHolder {
  private CarelessHolder() {}

  public static void main(String[] args) throws Exception {
    try (Holdfast holdfast = Holdfast.connect(args[0]);
        HttpClient http = HttpClient.newHttpClient()) {
      while (!countOnce(holdfast, http, args)) {
        // A slow machine may lose a lock before it comes to the point.
      }
    }
  }

  /** False when the lock was not held up to the moment of the stop. */
  private static boolean countOnce(Holdfast holdfast, HttpClient http, String[] args)
      throws Exception {
    try (Session session = holdfast.session(Duration.ofMillis(Long.parseLong(args[2])));
        Hold hold = session.lock(args[1]).acquire()) {
      long number = Long.parseLong(ask(http, args[3] + "/" + hold.token()));
      hold.check();
      System.out.println("stopping");
      String own = Long.toString(ProcessHandle.current().pid());
      var _ = new ProcessBuilder("kill", "-STOP", own).start().waitFor();
      System.out.println(ask(http, args[3] + "/" + hold.token() + "/" + (number + 1)));
      return true;
    } catch (HoldfastException e) {
      return false;
    }
  }

  private static String ask(HttpClient http, String uri) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.ofString())
        .body();
  }
}
