import {
  to = msstore_flight_submission.beta
  id = "9NBLGGH4R315/43e448df-97c9-4a43-a0bc-2a445e736bcd/1152921504621086517"
}
