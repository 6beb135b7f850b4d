import {
  to = msstore_flight.beta
  identity = {
    application_id = "9NBLGGH4R315"
    flight_id      = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
  }
}
