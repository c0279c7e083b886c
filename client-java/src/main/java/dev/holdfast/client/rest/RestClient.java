// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import dev.holdfast.protocol.WireHeaders;
import dev.holdfast.protocol.WireJson;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import tools.jackson.core.JacksonException;

/**
 * REST with several servers: stays with one that answers, goes to the next when it does not, avoids
 * for a while what failed, and keeps trying while the cluster elects a leader, up to its patience.
 * What may have been done is sent again only as {@link RestRequest.Repeat} allows; else the caller
 * learns that its outcome is unknown. Blocking, safe for any number of threads.
 */
public final class RestClient implements AutoCloseable {

  /** Who waits less than that wants an answer soon, even if it is that there is none yet. */
  private static final Duration PATIENT = Duration.ofSeconds(10);

  private static final Duration SLOW_ANSWER = Duration.ofSeconds(45);

  private final Servers servers;
  private final Duration patience;
  private final LongSupplier nanoTime;
  private final HttpClient http;
  private final AtomicLong seen;
  private final Random random = new SecureRandom();
  private final Duration lastAnswer;

  /**
   * For a person at a shell.
   *
   * @param patience how long to go on while no server gives an answer; zero asks each once
   */
  public RestClient(List<ServerAddress> servers, Duration patience, LongSupplier nanoTime) {
    this(
        new Servers(servers, nanoTime),
        patience,
        nanoTime,
        new AtomicLong(),
        HttpClients.pooled(),
        patience.compareTo(PATIENT) < 0 ? patience : SLOW_ANSWER);
  }

  /**
   * @param servers may grow meanwhile
   * @param seen the newest revision that the program has seen
   * @param http of {@link HttpClients#pooled}; closed with this client
   */
  public RestClient(
      Servers servers, Duration patience, LongSupplier nanoTime, AtomicLong seen, HttpClient http) {
    this(servers, patience, nanoTime, seen, http, Duration.ZERO);
  }

  private RestClient(
      Servers servers,
      Duration patience,
      LongSupplier nanoTime,
      AtomicLong seen,
      HttpClient http,
      Duration lastAnswer) {
    this.servers = servers;
    this.lastAnswer = lastAnswer;
    this.patience = patience;
    this.nanoTime = nanoTime;
    this.seen = seen;
    this.http = http;
  }

  public Servers servers() {
    return servers;
  }

  /** The same servers and connections, each asked once: to find out what they can do now. */
  RestClient impatient() {
    return new RestClient(servers, Duration.ZERO, nanoTime, seen, http, PATIENT);
  }

  /**
   * Sends and hands out the body as a stream, which the caller closes.
   *
   * @throws ProblemException when a server answered with an error
   * @throws NoAnswerException when none answered, so that nothing was done
   * @throws UnknownOutcomeException when it may have been done
   */
  public HttpResponse<InputStream> send(RestRequest request) {
    return new Call<>(this, request, BodyHandlers.ofInputStream()).run();
  }

  /** As {@link #send}, with the whole answer in memory. */
  public HttpResponse<byte[]> bytes(RestRequest request) {
    return new Call<>(this, request, BodyHandlers.ofByteArray()).run();
  }

  /** Sends and reads the answer as a record of the protocol. */
  public <T> T read(RestRequest request, Class<T> type) {
    HttpResponse<byte[]> answer = bytes(request);
    try {
      byte[] body = answer.body();
      return WireJson.answers().readValue(body.length == 0 ? new byte[] {'{', '}'} : body, type);
    } catch (JacksonException e) {
      List<Attempt> attempts =
          List.of(
              new Attempt(
                  ServerAddress.parse(answer.uri().getAuthority()),
                  "its answer cannot be read; is it a Holdfast node? " + e.getOriginalMessage()));
      throw request.isRead()
          ? new NoAnswerException(attempts, e)
          : new UnknownOutcomeException(request, attempts, e);
    }
  }

  /** Sends a request whose answer has nothing to read. */
  public void done(RestRequest request) {
    HttpResponse<byte[]> unused = bytes(request);
  }

  Duration patience() {
    return patience;
  }

  /** How long a server that has the request may take when there is no other one to ask. */
  Duration lastAnswer() {
    return lastAnswer;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  LongSupplier clock() {
    return nanoTime;
  }

  HttpClient http() {
    return http;
  }

  long seen() {
    return seen.get();
  }

  void saw(long revision) {
    seen.accumulateAndGet(revision, Math::max);
  }

  void saw(HttpResponse<?> answer) {
    answer
        .headers()
        .firstValue(WireHeaders.REVISION)
        .filter(text -> text.matches("[0-9]{1,18}"))
        .ifPresent(text -> saw(Long.parseLong(text)));
  }

  /** 128 random bits, which no other client has. */
  String freshId() {
    return String.format("%016x%016x", random.nextLong(), random.nextLong());
  }

  /** Ends what is still under way: a download that was given up must not hold up the end. */
  @Override
  public void close() {
    closeNow(http);
  }

  /** Ends its threads. On 17 the JDK has no way to: they end when nothing refers to it any more. */
  public static void closeNow(HttpClient client) {
    try {
      HttpClient.class.getMethod("shutdownNow").invoke(client);
    } catch (NoSuchMethodException e) {
      return; // Before 21.
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("an HTTP client cannot be closed", e);
    }
  }
}
