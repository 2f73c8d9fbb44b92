/** What texts are made of: the words of some scripts, the frequent ones first. */

export interface Script {
  readonly words: readonly string[];
  /** What stands between two words. */
  readonly space: string;
}

function script(words: string, space = " "): Script {
  return { words: words.trim().split(/\s+/), space };
}

const english = script(`the your to is at we please order and call be you on will for tomorrow in of home door
  back when street today thanks code ready pick up number between store driver soon delayed address signed number's
  left morning return refund card invoice paid 🚗💨 🙂 👍🏽 OK 24/7 50% tracking_id`);
const german =
  script(`Ihre und die wird der bitte morgen Sie Uhr zwischen uns an zehn zwölf geliefert Bestellung ist
  Straße Tür heute danke für Größe zurück öffnen Rechnung bezahlt Fahrer abgeholt später Anschrift Päckchen Geschäft`);
const turkish =
  script(`ve bir siparişiniz bugün yarın için lütfen saat sizi arayın kapıda teslim İade ışık adres ödeme
  kargo hazır teşekkürler sokak numara evde geldi çıktı IĞDIR şoför gecikti fatura kartınız mağaza`);
const russian =
  script(`и ваш в на заказ завтра мы вам пожалуйста дома прибудет утром будьте спасибо сегодня улица дверь
  позвоните номер курьер готов возврат оплачен счёт магазин задерживается адрес карта код ещё подъезд`);
const hindi = script(`आपका है कल और को पर ऑर्डर सुबह घर तक रहें दस बजे पहुँच जाएगा धन्यवाद आज दरवाज़े सड़क नंबर तैयार
  वापसी भुगतान दुकान पता कार्ड देर चालक हस्ताक्षर`);
const arabic =
  script(`في غدا طلبك سيصل يرجى البقاء المنزل صباحا إلى على شكرا اليوم الباب شارع رقم السائق جاهز الدفع
  المتجر عنوان بطاقة تأخر توقيع الفاتورة استلام هاتف`);
const chinese = script(
  `您的 明天 上午 送达 请 保持 电话 畅通 在 家 今天 谢谢 地址 门口 司机 已 准备 好 退款 发票 商店 付款 号码 延迟 签收 街道 提货 代码`,
  "",
);

/** Drawn from with the same chance each: half of all texts are in the Latin script, as in most inboxes. */
export const SCRIPTS: readonly Script[] = [
  english,
  english,
  german,
  turkish,
  russian,
  hindi,
  arabic,
  chinese,
];
